"""From a view to the slots of its panel. One file per panel; pure."""
