// Functions that Mantine components are given by name.
var functions = (window.dashMantineFunctions = window.dashMantineFunctions || {});

// The server has already searched and ordered the accounts; show them as they came.
functions.keepServerOrder = function (found) {
  return found.options.filter(function (option) { return !option.kept; });
};
