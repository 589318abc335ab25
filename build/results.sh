# shellcheck shell=bash
# Sourced by test.sh: reads test result files (trx).

# counter FILE NAME: a count of the summary in a test result file; 0 where the file was cut short.
counter() { { grep -o "<Counters [^>]*" "$1" | grep -o " $2=\"[0-9]*\"" | tr -dc 0-9; } || echo 0; }

# recap SUITE FILE: each failed test of a test result file, with the first lines of its message and where it was.
recap() {
  awk -v suite="$1" '
    function plain(text) {
      gsub(/\r|&#x[dD];/, "", text); gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text)
      gsub(/&amp;/, "\\&", text)
      return substr(text, 1, 300)
    }
    /<UnitTestResult / {
      part = ""; shown = 0
      failed = /outcome="(Failed|Error|Timeout|Aborted)"/ && match($0, / testName="[^"]*"/)
      if (failed) print suite ": " plain(substr($0, RSTART + 11, RLENGTH - 12))
    }
    failed && sub(/^.*<Message>/, "") { part = "message"; shown = 0; most = 5 }
    failed && sub(/^.*<StackTrace>/, "") { part = "stack"; shown = 0; most = 3 }
    part != "" {
      over = sub(/<\/(Message|StackTrace)>.*$/, "")
      if (shown++ < most) print "    " plain($0)
      if (over) part = ""
    }' "$2"
}
