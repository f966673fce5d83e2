"""Embeds: the key ring, link tokens, viewers' sessions, bearer keys that may mint, and what a token can fix.

``setup.open_embed`` puts it together; nothing else is needed from outside but ``opening.EmbedAccess``, and the values
of ``names``, ``options`` and ``minting``. Framework-free like the rest of ``access``. Rules: reliability-security
design, 4.4; the form of the tokens: ``docs/reference/embed-tokens.md``.
"""
