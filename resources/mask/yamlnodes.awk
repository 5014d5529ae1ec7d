# SPDX-License-Identifier: GPL-3.0-or-later
# The nodes of YAML that may go over several lines.
function nodeleaf(raw, value, quote, k) {
  k = ++TN
  LEAF[k] = 1; V[k] = value; Q[k] = quote
  if (MSENS[FD] && !plainvalue(FKEY[FD], value) && !reference(value)) MASK[k] = 1
  if (MASK[k]) O[k] = raw
  else if (raw ~ /\n/) O[k] = shownlines(raw, value, quote)
  else O[k] = shown(raw, value, quote)
}
function shownlines(raw, value, quote, now, n) {
  # Lines of a folded scalar are one line: it is judged as such.
  now = shown(raw, value, quote == "" ? "\"" : quote)
  if (now == raw) return raw
  for (n = gsub(/\n/, "\n", raw); n > 0; n--) now = now "\n"
  return now
}
function blockscalar(s, col, i, last, ind, base, raw, text, k, line, head, rawpart, textpart) {
  head = s; last = YI; base = -1
  for (i = YI + 1; i <= COUNT; i++) {
    line = IN[i]; sub(/\r$/, "", line)
    if (line ~ /^[ \t]*$/) continue
    match(line, /^ */); ind = RLENGTH
    if (ind <= col || (col < 0 && line ~ /^(---|\.\.\.)([ \t]|$)/)) break
    if (base < 0) base = ind
    last = i
  }
  if (match(s, /[0-9]/)) base = (col < 0 ? 0 : col) + substr(s, RSTART, 1)
  raw = ""; text = ""
  for (i = YI + 1; i <= last; i++) {
    line = IN[i]; sub(/\r$/, "", line)
    rawpart = rawpart (i > YI + 1 ? "\n" : "") line
    line = substr(line, base + 1)
    textpart = textpart (i > YI + 1 ? (head ~ /^>/ ? " " : "\n") : "") line
    # In parts: each joining copies all that is there.
    if (length(rawpart) > 8000 || i == last) { raw = raw rawpart; text = text textpart; rawpart = ""; textpart = "" }
  }
  k = ++TN
  LEAF[k] = 1; V[k] = text; Q[k] = ""
  if (MSENS[FD] && !plainvalue(FKEY[FD], text)) MASK[k] = 1
  if (MASK[k]) O[k] = s "\n" raw
  else if (head ~ /^>/ || FT[FD] == "[") { O[k] = shownlines(s "\n" raw, text, "\""); if (O[k] == s "\n" raw) O[k] = s "\n" linestext(raw) }
  else O[k] = s "\n" linestext(raw)
  if (last == YI) { LEAF[k] = 0; MASK[k] = 0; O[k] = shapes(s) }
  YI = last
  return 1
}
function quotedscalar(s, col, q, at, raw, text) {
  q = substr(s, 1, 1)
  raw = s
  while (1) {
    at = q == "\"" ? quoteend(substr(raw, 2), q) + 1 : singleend(raw)
    if (at > 1) break
    if (!nextline() || YNEXT ~ /^(---|\.\.\.)([ \t]|$)/) return 0
    raw = raw "\n" YNEXT
  }
  s = substr(raw, at + 1)
  raw = substr(raw, 1, at)
  if (s !~ /^[ \t]*$/ && s !~ /^[ \t]+#/) return 0
  text = substr(raw, 2, at - 2)
  if (text ~ /\n/) { gsub(/\\\n[ \t]*/, "", text); gsub(/[ \t]*\n[ \t]*/, " ", text) }
  if (q == "\"") text = jsondecode(yamlhex(text))
  else gsub(/\047\047/, "\047", text)
  nodeleaf(raw, text, q)
  piece(tailcomment(s))
  return 1
}
function plainscalar(s, col, i, j, ind, left, raw, text, line) {
  left = ""
  if (match(s, /[ \t]+#/)) { left = substr(s, RSTART); s = substr(s, 1, RSTART - 1) }
  if (match(s, /[ \t]+$/)) { left = substr(s, RSTART) left; s = substr(s, 1, RSTART - 1) }
  raw = s; text = s
  if (left !~ /#/) {
    j = YI
    for (i = YI + 1; i <= COUNT; i++) {
      line = IN[i]; sub(/\r$/, "", line)
      if (line ~ /^[ \t]*$/) continue
      match(line, /^[ \t]*/); ind = RLENGTH
      if (ind <= col || line ~ /^[ \t]*#/ || (col < 0 && line ~ /^(---|\.\.\.)([ \t]|$)/)) break
      for (j++; j <= i; j++) { line = IN[j]; sub(/\r$/, "", line); raw = raw "\n" line }
      j = i
      gsub(/^[ \t]+|[ \t]+$/, "", line)
      text = text " " line
      YI = i
    }
  }
  if (raw ~ /\n/ && text ~ /[ \t]#/) { if (!MSENS[FD]) { nodeleaf(raw, text, ""); return 1 } }
  nodeleaf(raw, text, "")
  if (left != "") piece(tailcomment(left))
  return 1
}
# [ … ] and { … }, on one line or several.
function flow(s, col, depth, c, n, w, v, raw, q) {
  depth = 0
  while (1) {
    if (s == "") {
      if (!nextline()) return 0
      piece("\n"); s = YNEXT
      continue
    }
    c = substr(s, 1, 1)
    if (match(s, /^[ \t]+/)) {
      n = RLENGTH; w = substr(s, 1, n); s = substr(s, n + 1)
      piece(w)
      if (s ~ /^#/) { piece(commented(s)); s = "" }
      continue
    }
    if (c == "{" || c == "[") { depth++; piece(c); yamlpush(c, col + 1); s = substr(s, 2); continue }
    if (c == "}" || c == "]") {
      if (FT[FD] != (c == "}" ? "{" : "[")) return 0
      framepop(0); piece(c); s = substr(s, 2)
      if (--depth == 0) { if (s !~ /^[ \t]*(#.*)?$/) return 0; piece(tailcomment(s)); return 1 }
      continue
    }
    if (c == ",") { memberend(); piece(c); s = substr(s, 2); continue }
    if (c == ":") { if (!FOPEN[FD]) return 0; piece(c); s = substr(s, 2); continue }
    if (c == "?" && s ~ /^\?([ \t]|$)/) return 0
    if (c == "&" || c == "!") {
      match(s, /^[^] \t,{}[]+/); n = RLENGTH; w = substr(s, 1, n); s = substr(s, n + 1); piece(w)
      if (c == "&") { NA++; ANAME[NA] = substr(w, 2); AFROM[NA] = TN + 1; ATO[NA] = TN + 2 }
      if (c == "&" && s ~ /^[ \t]*[[{]/) return 0
      continue
    }
    if (c == "*") { match(s, /^\*[^] \t,{}[]*/); n = RLENGTH; w = substr(s, 1, n); s = substr(s, n + 1); piece(w); ALIAS[TN] = substr(w, 2); ASENS[TN] = MSENS[FD]; continue }
    if (c == "\"" || c == "\047") {
      q = c; raw = s
      while ((n = q == "\"" ? quoteend(substr(raw, 2), q) + 1 : singleend(raw)) < 2) { if (!nextline()) return 0; raw = raw "\n" YNEXT }
      s = substr(raw, n + 1); raw = substr(raw, 1, n)
      v = substr(raw, 2, n - 2)
      if (v ~ /\n/) { gsub(/\\\n[ \t]*/, "", v); gsub(/[ \t]*\n[ \t]*/, " ", v) }
      if (q == "\"") v = jsondecode(yamlhex(v)); else gsub(/\047\047/, "\047", v)
      if (s ~ /^[ \t]*:/) { memberkey(v); w = shapes(v); piece(w == v ? raw : encoded(w, q)); FFROM[FD] = TN + 1 }
      else if (s == "" && laterkey()) { memberkey(v); piece(raw); FFROM[FD] = TN + 1 }
      else nodeleaf(raw, v, q)
      continue
    }
    # A plain one ends at a sign of the flow, at ": " and at " #".
    n = match(s, /[],{}[]|:([] \t,{}[]|$)|[ \t]#/) ? RSTART - 1 : length(s)
    if (n == 0) return 0
    w = substr(s, 1, n); s = substr(s, n + 1)
    if (match(w, /[ \t]+$/)) { s = substr(w, RSTART) s; w = substr(w, 1, RSTART - 1) }
    if (s ~ /^[ \t]*:([] \t,{}[]|$)/ || s == "" && laterkey()) { memberkey(w); piece(shapes(w)); FFROM[FD] = TN + 1 }
    else {
      # The rest of it may stand on the next line.
      v = w
      while (s ~ /^[ \t]*$/) {
        if (!nextline()) return 0
        raw = YNEXT; sub(/^[ \t]+/, "", raw)
        if (raw ~ /^[],{}[]/ || raw ~ /^#/ || raw == "" || raw ~ /^["\047&*!]/) { w = w s; s = "\n" YNEXT; break }
        n = match(raw, /[],{}[]|[ \t]#/) ? RSTART - 1 : length(raw)
        v = v " " substr(raw, 1, n); w = w s "\n" substr(raw, 1, n); s = substr(raw, n + 1)
      }
      nodeleaf(w, v, "")
      if (s ~ /^\n/) { piece("\n"); s = substr(s, 2) }
    }
  }
}
function laterkey(i) {
  for (i = YI + 1; i <= COUNT; i++) if (IN[i] !~ /^[ \t\r]*(#.*)?$/) return IN[i] ~ /^[ \t]*:([ \t]|\r?$)/
  return 0
}
