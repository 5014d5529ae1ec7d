# SPDX-License-Identifier: GPL-3.0-or-later
# YAML: block and flow. Tables and lists are frames with the column in which their entries stand. What is not understood
# is given up on: it goes on by lines, or hidden whole where a secret may be.
function yaml(s, at) {
  WANTALL = 0
  yamlopen()
  for (YI = 1; YI <= COUNT; YI++) {
    s = IN[YI]
    if (YI == 1) sub(/^\357\273\277/, "", s)
    YCR = ""
    if (s ~ /\r$/) { YCR = "\r"; s = substr(s, 1, length(s) - 1) }
    at = YI; LTOK[YI] = TN
    if (!yamlline(s)) {
      YI = at
      for (at = LTOK[YI] + 1; at <= TN; at++) { LEAF[at] = 0; MASK[at] = 0; delete ALIAS[at] }
      TN = LTOK[YI]
      giveup(IN[YI], YI); yamlanchors(); treeprint(); return
    }
    piece(YCR "\n")
  }
  yamlclose()
  yamlanchors()
  treeprint()
}
function yamlopen() { FD = 0; framepush("doc"); FCOL[1] = -1; PENDKEY = "" }
function yamlclose() { while (FD > 0) framepop(0) }
# Nodes that an alias under the name of a secret stands for are secret where they are anchored.
function yamlanchors(again, k, n, name) {
  for (n = 1; n <= NA; n++)
    if (!ATO[n] && (n in ALAST)) { for (k = ALAST[n]; k <= COUNT && !(k in LTOK); k++) {} ATO[n] = k <= COUNT ? LTOK[k] : TN }
  again = 1
  while (again) {
    again = 0
    for (k = 1; k <= TN; k++)
      if ((k in ALIAS) && MASK[k] == 0 && ASENS[k] && !(ALIAS[k] in ADONE)) {
        name = ALIAS[k]; ADONE[name] = 1; again = 1
        for (n = 1; n <= NA; n++) if (ANAME[n] == name) { markrange(AFROM[n], ATO[n] ? ATO[n] : TN, ""); aliasrange(AFROM[n], ATO[n] ? ATO[n] : TN) }
      }
  }
}
function aliasrange(from, to, k) { for (k = from; k <= to; k++) if (k in ALIAS) ASENS[k] = 1 }
function yamlpop(column) {
  while (FD > 1 && FCOL[FD] > column) framepop(0)
}
function yamlpush(type, column) { framepush(type); FCOL[FD] = column }
function yamlline(s, ind, c, rest, n, key, raw) {
  if (s ~ /^[ \t]*$/) { piece(s); return 1 }
  if (s ~ /^[ \t]*#/) {
    match(s, /^[ \t]*/); ind = RLENGTH
    if (MSENS[FD] && FOPEN[FD] && ind > FCOL[FD] && s !~ /^[ \t]*#+[ \t]*$/) piece(substr(s, 1, ind) "# " token(substr(s, ind + 2)))
    else piece(commented(s))
    return 1
  }
  if (s ~ /^(---|\.\.\.)([ \t]|$)/) {
    yamlclose(); yamlopen()
    piece(substr(s, 1, 3)); s = substr(s, 4)
    if (s ~ /^[ \t]*$/) { piece(s); return 1 }
    match(s, /^[ \t]+/); n = RLENGTH; piece(substr(s, 1, n))
    return yamlvalue(substr(s, n + 1), -1)
  }
  if (s ~ /^%/ && FD == 1 && TN < 50) { piece(shapes(s)); return 1 }
  match(s, /^ */); ind = RLENGTH
  rest = substr(s, ind + 1)
  if (rest ~ /^\t/) return 0
  piece(substr(s, 1, ind))
  c = ind
  yamlpop(c)
  # "- " at the column of a table's own entries is the value of its last key.
  while (rest ~ /^-([ \t]|$)/) {
    if (FCOL[FD] == c && FT[FD] != "[") { if (FOPEN[FD]) yamlpush("[", c); else return 0 }
    else if (FCOL[FD] < c) yamlpush("[", c)
    match(rest, /^-[ \t]*/); n = RLENGTH
    if (substr(rest, 1, n) ~ /\t/) return 0
    piece(substr(rest, 1, n)); rest = substr(rest, n + 1); c += n
    if (rest == "" || rest ~ /^#/) { piece(rest == "" ? "" : commented(rest)); return 1 }
    yamlpop(c - 1)
  }
  if (FCOL[FD] == c && FT[FD] == "[") framepop(0)
  if (rest ~ /^\?([ \t]|$)/) {
    if (FCOL[FD] < c) yamlpush("{", c)
    raw = rest; sub(/^\?[ \t]*/, "", raw)
    piece(shapes(rest))
    key = yamlscalar(raw)
    # A key that doesn't stand on one line could be any name.
    if (key == "" || raw ~ /^[|>{[&!*]/) key = "secret"
    memberkey(key); FKEYED[FD] = 1
    return 1
  }
  if (rest ~ /^:([ \t]|$)/ && FT[FD] == "{" && FCOL[FD] == c) {
    match(rest, /^:[ \t]*/); n = RLENGTH
    piece(substr(rest, 1, n))
    return yamlvalue(substr(rest, n + 1), c)
  }
  n = keylength(rest)
  if (n > 0) {
    raw = substr(rest, 1, n)
    sub(/[ \t]*:$/, "", raw)
    if (FCOL[FD] < c) { if (FOPEN[FD] || FT[FD] == "[" || FT[FD] == "doc") yamlpush("{", c); else return 0 }
    else if (FT[FD] != "{") return 0
    key = raw
    while (match(key, /^[&!][^ \t]*[ \t]+/)) {
      if (key ~ /^&/) { NA++; ANAME[NA] = substr(key, 2, RLENGTH - 1); sub(/[ \t]+$/, "", ANAME[NA]); AFROM[NA] = TN + 1; ATO[NA] = TN + 1 }
      match(key, /^[&!][^ \t]*[ \t]+/)
      key = substr(key, RLENGTH + 1)
    }
    key = yamlscalar(key)
    if (key ~ /^\*/) key = "secret"
    memberkey(key)
    piece(shapes(substr(rest, 1, n)))
    FFROM[FD] = TN + 1
    rest = substr(rest, n + 1)
    match(rest, /^[ \t]*/); n = RLENGTH
    piece(substr(rest, 1, n))
    return yamlvalue(substr(rest, n + 1), c)
  }
  if (FT[FD] == "{" && FCOL[FD] == c) return 0
  return yamlvalue(rest, FCOL[FD])
}
# How long the key at the start of `s` is, with its ':'; 0 when there is none.
function keylength(s, p, n, at) {
  p = s; n = 0
  while (match(p, /^[&!][^ \t]*[ \t]+/)) { n += RLENGTH; p = substr(p, RLENGTH + 1) }
  if (p ~ /^"/) { at = quoteend(substr(p, 2), "\""); at = at ? at + 1 : 0 }
  else if (p ~ /^\047/) at = singleend(p)
  else {
    if (p ~ /^[[{|>%@`#,]/ && p !~ /^\{\{/) return 0
    at = match(p, /[ \t]*:([ \t]|$)/) ? RSTART - 1 : 0
    if (at > 0 && match(p, /[ \t]#/) && RSTART <= at) return 0
    if (at == 0) return 0
  }
  if (at == 0) return 0
  if (!match(substr(p, at + 1), /^[ \t]*:([ \t]|$)/)) return 0
  p = substr(p, at + 1); match(p, /:/)
  return n + at + RSTART
}
# Where the single-quoted scalar that `s` begins with ends; '' is a quote in it.
function singleend(s, at, i) {
  at = 1
  while ((i = index(substr(s, at + 1), "\047")) > 0) {
    at += i
    if (substr(s, at + 1, 1) != "\047") return at
    at++
  }
  return 0
}
function yamlscalar(s, n) {
  sub(/[ \t]+$/, "", s)
  n = length(s)
  if (n > 1 && s ~ /^".*"$/) return jsondecode(yamlhex(substr(s, 2, n - 2)))
  if (n > 1 && s ~ /^\047.*\047$/) { s = substr(s, 2, n - 2); gsub(/\047\047/, "\047", s); return s }
  return s
}
# \x41 as JSON writes it, and line folding's escaped newline.
function yamlhex(s, done) {
  done = ""
  while (match(s, /\\x[0-9a-fA-F][0-9a-fA-F]/)) {
    # Behind an even number of backslashes it is no escape; a key is judged either way.
    done = done substr(s, 1, RSTART - 1) "\\u00" substr(s, RSTART + 2, 2); s = substr(s, RSTART + 4)
  }
  s = done s
  while (match(s, /\\U0000[0-9a-fA-F][0-9a-fA-F]/)) s = substr(s, 1, RSTART - 1) "\\u" substr(s, RSTART + 6)
  return s
}
# Lines are taken in until the node is complete: `YBUF` is what this one holds, `YI` the last line of it.
function nextline() {
  if (YI >= COUNT) return 0
  YI++
  YNEXT = IN[YI]
  sub(/\r$/, "", YNEXT)
  return 1
}
# A value at the end of the current line; what belongs to it stands deeper than column `col`.
function yamlvalue(s, col, w, n, v, anchor, tag, from, buf, ok) {
  anchor = ""; tag = ""
  from = TN + 1
  while (match(s, /^[&!][^ \t]*([ \t]+|$)/)) {
    n = RLENGTH; w = substr(s, 1, n); s = substr(s, n + 1)
    piece(w); sub(/[ \t]+$/, "", w)
    if (w ~ /^&/) { NA++; ANAME[NA] = substr(w, 2); AFROM[NA] = TN + 1; ATO[NA] = 0; anchor = NA }
    else tag = w
  }
  if (tag ~ /vault|secret|encrypt/) MSENS[FD] = 1
  if (s == "" || s ~ /^#/) {
    if (s != "") piece(commented(s))
    # The node stands on the lines below: its anchor lasts as long as they stand deeper.
    if (anchor) anchorbelow(anchor, col)
    return 1
  }
  if (s ~ /^\*/) {
    match(s, /^\*[^ \t,]*/); n = RLENGTH
    piece(substr(s, 1, n)); ALIAS[TN] = substr(s, 2, n - 1); ASENS[TN] = MSENS[FD]
    piece(tailcomment(substr(s, n + 1)))
    return 1
  }
  if (s ~ /^[|>][0-9+-]*[ \t]*(#.*)?$/) ok = blockscalar(s, col)
  else if (s ~ /^"/ || s ~ /^\047/) ok = quotedscalar(s, col)
  else if (s ~ /^[[{]/ && s !~ /^\{[{%]/) ok = flow(s, col)
  else ok = plainscalar(s, col)
  if (anchor) ATO[anchor] = TN
  return ok
}
function tailcomment(s) {
  if (s ~ /^[ \t]*$/) return s
  if (s ~ /^[ \t]+#/) return commented(s)
  return MSENS[FD] ? token(s) : scan(s)
}
function anchorbelow(a, col, i, ind) {
  for (i = YI + 1; i <= COUNT; i++) {
    if (IN[i] ~ /^[ \t\r]*(#.*)?$/) continue
    match(IN[i], /^ */); ind = RLENGTH
    if (ind < col || (ind == col && IN[i] !~ /^ *-([ \t]|\r?$)/) || IN[i] ~ /^(---|\.\.\.)/) break
  }
  ALAST[a] = i
}
