# Top-level blocks in etc/config.tdsl, as Tigase's own reader sees them: it writes the file anew at each start, in its own order and
# without comments, so a block is known by its name and braces alone.

# tdsl_blocks FILE NAME prints a line for each top-level block of that name: its first and last line, `alone` or `shared` (something
# else stands on its lines), and its text without white space and comments, in single quotes. Ends with 1 where the file isn't whole.
tdsl_blocks() {
  LC_ALL=C awk -v name="$2" '
    function ends(separator) {
      if (text ~ "^\047?" name "\047?[({]") {
        print first, NR, (behind || separator == ",") ? "shared" : "alone", text
      }
      behind = separator == "," && (behind || text != "")
      text = ""
    }
    BEGIN { quotation = "[\"\047]" }
    {
      for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        if (quote != "") {
          if (c == quote) { quote = ""; c = "\047" }
          text = text c
          continue
        }
        if (c == "#") break
        if (c ~ /[ \t\r]/) continue
        if (c == "," && depth == 0) { ends(c); continue }
        if (text == "") first = NR
        if (c ~ quotation) { quote = c; c = "\047" }
        if (c ~ /[({\[]/) depth++
        if (c ~ /[)}\]]/ && --depth < 0) exit
        text = text c
      }
      if (quote == "" && depth == 0) ends("\n")
    }
    END { exit quote != "" || depth != 0 }' "$1"
}
