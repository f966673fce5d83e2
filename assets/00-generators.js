// The one thing that Dash's components need of the polyfill that is not loaded: a name for generators, for functions of
// two or three steps with no loop and no branch. tests/unit/test_first_load.py notices when they come to need more.
(function () {
  'use strict';

  function wrap(step) {
    var context = { prev: 0, next: 0, sent: undefined, ended: false, stop: function () { context.ended = true; } };
    return {
      next: function (sent) {
        context.sent = sent;
        return { value: step(context), done: context.ended };
      },
      throw: function (error) { throw error; },
    };
  }

  window.regeneratorRuntime = { mark: function (made) { return made; }, wrap: wrap };
})();
