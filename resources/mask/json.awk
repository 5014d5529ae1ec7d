# SPDX-License-Identifier: GPL-3.0-or-later
# JSON with comments. A line is taken in windows: one of a megabyte would else be copied at every token.
function json(s) {
  WANTALL = 1
  JCOM = 0
  framepush("[")
  for (JI = 1; JI <= COUNT; JI++) {
    s = IN[JI]
    if (JI == 1) sub(/^\357\273\277/, "", s)
    JLINE = s; JOFF = 1; JLEN = length(s); JS = ""
    if (!jsonline()) { giveup(JS substr(JLINE, JOFF), JI); treeprint(); return }
    piece("\n")
  }
  while (FD > 0) framepop(FD > 1)
  treeprint()
}
function refill(least) {
  while (length(JS) < least && JOFF <= JLEN) { JS = JS substr(JLINE, JOFF, 512); JOFF += 512 }
}
function jsondecode(s, out, i, c, u, low) {
  out = ""
  while ((i = index(s, "\\")) > 0) {
    out = out substr(s, 1, i - 1)
    c = substr(s, i + 1, 1)
    s = substr(s, i + 2)
    if (c == "n") out = out "\n"
    else if (c == "t") out = out "\t"
    else if (c == "r") out = out "\r"
    else if (c == "b") out = out "\b"
    else if (c == "f") out = out "\f"
    else if (c == "u" && s ~ /^[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]/) {
      u = hexvalue(substr(s, 1, 4)); s = substr(s, 5)
      if (u >= 55296 && u < 56320 && s ~ /^\\u[dD][c-fC-F][0-9a-fA-F][0-9a-fA-F]/) { low = hexvalue(substr(s, 3, 4)); u = 65536 + (u - 55296) * 1024 + low - 56320; s = substr(s, 7) }
      out = out utf8(u)
    } else out = out c
  }
  return out s
}
function hexvalue(h, n, i) {
  n = 0
  for (i = 1; i <= length(h); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(h, i, 1))) - 1
  return n
}
function utf8(u) {
  if (u <= 0) return "?"
  if (u < 128) return sprintf("%c", u)
  if (u < 2048) return sprintf("%c%c", 192 + int(u / 64), 128 + u % 64)
  if (u < 65536) return sprintf("%c%c%c", 224 + int(u / 4096), 128 + int(u / 64) % 64, 128 + u % 64)
  return sprintf("%c%c%c%c", 240 + int(u / 262144), 128 + int(u / 4096) % 64, 128 + int(u / 64) % 64, 128 + u % 64)
}
# Whether the next sign, perhaps on a later line, is ':'.
function iskey(i) {
  refill(64)
  if (match(JS, /[^ \t\r]/)) return substr(JS, RSTART, 1) == ":"
  if (JOFF <= JLEN) { refill(1024); return JS ~ /^[ \t\r]*:/ }
  for (i = JI + 1; i <= COUNT; i++) if (match(IN[i], /[^ \t\r]/)) return substr(IN[i], RSTART, 1) == ":"
  return 0
}
function jsonline(c, n, w, v) {
  while (1) {
    refill(256)
    if (JS == "") return 1
    if (JCOM) {
      refill(JLEN)
      n = index(JS, "*/")
      if (n == 0) { piece(commented(JS)); JS = ""; return 1 }
      piece(commented(substr(JS, 1, n - 1))); piece("*/")
      JS = substr(JS, n + 2); JCOM = 0
      continue
    }
    c = substr(JS, 1, 1)
    if (match(JS, /^[ \t\r]+/)) { piece(substr(JS, 1, RLENGTH)); JS = substr(JS, RLENGTH + 1) }
    else if (c == "\"") {
      n = quoteend(substr(JS, 2), "\"")
      while (n == 0 && JOFF <= JLEN) { refill(length(JS) * 2); n = quoteend(substr(JS, 2), "\"") }
      if (n == 0) return 0
      w = substr(JS, 2, n - 1); JS = substr(JS, n + 2)
      v = jsondecode(w)
      if (iskey()) {
        memberkey(v)
        n = shapes(v)
        piece(n == v ? "\"" w "\"" : encoded(n, "\""))
        FFROM[FD] = TN + 1
      } else leaf("\"" w "\"", v, "\"")
    } else if (c == "{" || c == "[") { piece(c); framepush(c); JS = substr(JS, 2) }
    else if (c == "}" || c == "]") {
      if (FD < 2 || FT[FD] != (c == "}" ? "{" : "[")) return 0
      framepop(0)
      piece(c); JS = substr(JS, 2)
    } else if (c == ",") { if (FT[FD] == "{") memberend(); piece(c); JS = substr(JS, 2) }
    else if (c == ":") { if (!FOPEN[FD]) return 0; piece(c); JS = substr(JS, 2) }
    else if (substr(JS, 1, 2) == "//") { refill(JLEN); piece(commented(JS)); JS = ""; return 1 }
    else if (substr(JS, 1, 2) == "/*") { piece("/*"); JS = substr(JS, 3); JCOM = 1 }
    else if (match(JS, /^[-+0-9.eEA-Za-z_]+/)) {
      if (RLENGTH >= length(JS) && JOFF <= JLEN) refill(length(JS) + 512)
      match(JS, /^[-+0-9.eEA-Za-z_]+/)
      w = substr(JS, 1, RLENGTH)
      if (w !~ /^(true|false|null|NaN|-?Infinity|[-+]?[0-9.]+([eE][-+]?[0-9]+)?)$/) return 0
      JS = substr(JS, RLENGTH + 1)
      leaf(w, w, "#")
    } else return 0
  }
}
