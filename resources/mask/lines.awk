# SPDX-License-Identifier: GPL-3.0-or-later
# The form "lines": every format of "key = value" and "key value", sections, quotes over lines, continuations. Lines go
# in by linein() and come out in LO[1..LN], as many as went in.
function linesbegin() { LN = 0; ST = ""; INDK = -1; CINDK = -1; SECT = 0; BLOCK = 0; OPENOK = 0; BD = 0; BQ = ""; split("", LO) }
function lineout(s) { LO[++LN] = s CR }
function indentof(s) { match(s, /^[ \t]*/); return RLENGTH }
# A secret over several lines: its token stands in the first, the others are empty, so that lines keep their numbers.
function hold(kind, prefix, first) { ST = kind; HP = prefix; HS = first; HN = 0; HCR = CR }
function release(suffix, i) {
  LO[++LN] = HP token(HS) suffix HCR
  for (i = 0; i < HN; i++) LO[++LN] = HCR
  ST = ""
}
function linesend() {
  if (ST == "quote" || ST == "cont" || ST == "pem" || ST == "here" || ST == "xml") { CR = HCR; release(ST == "quote" ? HQ : "") }
  ST = ""
}
function linestext(text, n, i, list, out, part) {
  linesbegin()
  n = split(text, list, "\n")
  for (i = 1; i <= n; i++) linein(list[i])
  linesend()
  out = ""; part = LO[1]
  for (i = 2; i <= LN; i++) {
    part = part "\n" LO[i]
    if (length(part) > 8000) { out = out part; part = "" }
  }
  return out part
}
# Where a quote ends in `s` (its position), 0 when it doesn't.
function quoteend(s, q, at, i, c) {
  at = 0
  while ((i = index(substr(s, at + 1), q)) > 0) {
    at += i
    if (q == "\047" || q == "\047\047\047") return at
    c = substr(s, 1, at - 1)
    if (c !~ /\\$/) return at
    match(c, /\\+$/)
    if (RLENGTH % 2 == 0) return at
  }
  return 0
}
function oddend(s) { return match(s, /\\+$/) && RLENGTH % 2 }
function linein(s, at, i) {
  CR = ""
  if (s ~ /\r$/) { CR = "\r"; s = substr(s, 1, length(s) - 1) }
  if (ST == "") { oneline(s); return }
  HN++
  # A quote that was none may have taken in the head of a section.
  if (s ~ /^[ \t]*\[+[^]="\047]+\]+[ \t]*$/ && secretname(s)) { SECT = 1; SECTNAME = "secret"; BLOCK = 0 }
  if (ST == "quote") {
    if ((at = quoteend(s, HQ)) > 0) {
      # A quote that opens the next secret closes none: the one before it stood alone.
      if (length(HQ) == 1 && s ~ /=/ && substr(s, 1, at - 1) ~ /^[ \t]*(export[ \t]+)?[A-Za-z0-9_.-]+[ \t]*[=:][ \t]*$/ && secretname(substr(s, 1, at - 1))) {
        HN--; release(""); CR = HCR; oneline(s)
        return
      }
      HS = HS "\n" substr(s, 1, at - 1)
      release(HQ behind(substr(s, at + length(HQ))))
      reopen(s)
    } else HS = HS "\n" s
  } else if (ST == "pem") {
    HS = HS "\n" s
    if (match(s, /-----END [^-]*-----/)) {
      i = RSTART + RLENGTH
      HS = substr(HS, 1, length(HS) - length(s) + i - 1)
      release(tail(substr(s, i)))
    }
  } else if (ST == "cont") {
    HS = HS "\n" s
    if (!oddend(s)) release("")
  } else if (ST == "here") {
    at = s; gsub(/^[ \t]+|[ \t]+$/, "", at)
    if (at == HW) release("")
    else HS = HS "\n" s
  } else if (ST == "xml") {
    if ((at = index(s, "</")) > 0) { HS = HS "\n" substr(s, 1, at - 1); release(shapes(substr(s, at))) }
    else HS = HS "\n" s
  } else if (ST == "brack") {
    HN--
    if (BQ == "" && s ~ /^([A-Za-z_][A-Za-z0-9_.-]*[ \t]*=|\[[A-Za-z])/) { ST = ""; oneline(s) }
    else lineout(leaves(s))
  }
}
# A line that closed one quote may also open another, should the first have been none: then what follows is hidden, too.
function reopen(s, n, sect) {
  n = LN; sect = SECT
  oneline(s)
  LN = n
  if (sect) SECT = 1
  if (ST == "quote" || ST == "cont" || ST == "here") { LN--; HP = ""; HN = 0 }
  else ST = ""
}
# What stands behind a quote that may as well be another than the closing one.
function behind(t, n) {
  if (t ~ /^[] \t,;:)}>"\047\/\\]*$/) return t
  match(t, /^[ \t,;)}]*#?[ \t]*/); n = RLENGTH
  return substr(t, 1, n) token(substr(t, n + 1))
}
# What stands behind the closing quote of a secret.
function tail(t, n) {
  if (t ~ /^[] \t,;:)}>"\047\/\\]*$/) return t
  if (t ~ /^[ \t,;&|)}]+["\047]*[A-Za-z_][A-Za-z0-9_. -]*["\047]*[ \t]*[=:]/ || t ~ /^[ \t]*\/?>/ || t ~ /^[ \t]*[|&;]+ /) return scan(t)
  match(t, /^[ \t,;]*(#|\/\/)?[ \t]*/)
  n = RLENGTH
  return substr(t, 1, n) hidden(substr(t, n + 1))
}
# The leaves of a list or table under the name of a secret: [ "a", 5, { b = "c" } ].
function leaves(s, done, c, n, w) {
  done = ""
  while (s != "") {
    if (BQ != "") {
      n = quoteend(s, BQ)
      if (n == 0) return done token(s)
      done = done token(substr(s, 1, n - 1)) BQ; s = substr(s, n + length(BQ)); BQ = ""
      continue
    }
    c = substr(s, 1, 1)
    if (c == "[" || c == "{" || c == "(") { BD++; done = done c; s = substr(s, 2) }
    else if (c == "]" || c == "}" || c == ")") {
      done = done c; s = substr(s, 2)
      if (--BD <= 0) { BD = 0; ST = ""; return done tail(s) }
    } else if (c == "\"" || c == "\047") {
      BQ = substr(s, 1, 3) == c c c ? c c c : c
      s = substr(s, length(BQ) + 1); done = done BQ
      n = quoteend(s, BQ)
      if (n > 0 && substr(s, n + length(BQ)) ~ /^[ \t]*[=:]/) { done = done substr(s, 1, n - 1) BQ; s = substr(s, n + length(BQ)); BQ = "" }
    } else if (match(s, /^[ \t,:=;]+/)) { done = done substr(s, 1, RLENGTH); s = substr(s, RLENGTH + 1) }
    else if (c == "#") return done commented(s)
    else {
      if (!match(s, /^[^] \t,;=:{}()["\047]+/)) RLENGTH = 1
      w = substr(s, 1, RLENGTH); s = substr(s, RLENGTH + 1)
      done = done (s ~ /^[ \t]*[=:][ \t]*["\047[{0-9tf+-]/ || tolower(w) ~ RPLAIN ? w : "\"" token(w) "\"")
    }
  }
  return done
}
function commented(s, m, v, key, n) {
  match(s, /^[ \t]*([#;%*!]+|\/\/+|\/\*+|--|<!--|rem |REM )[ \t]*/)
  m = substr(s, 1, RLENGTH); s = substr(s, RLENGTH + 1)
  if (RLENGTH < 1) m = ""
  if (CINDK >= 0 && indentof(m) >= 0) {
    if (length(m) > CINDK && s != "") return m token(s)
    CINDK = -1
  }
  if (tolower(s) ~ RNAME) {
    if (match(s, /^(- |export )?["\047]?[A-Za-z0-9_. \/-]+["\047]?[ \t]*(=>|:=|=|:)[ \t]*/)) {
      n = RLENGTH
      key = substr(s, 1, n); v = substr(s, n + 1)
      if (secretname(key)) {
        if (v == "" || v ~ /^[|>][0-9+-]*$/) { CINDK = length(m); return m s }
        sub(/[ \t]*(=>|:=|=|:)[ \t]*$/, "", key)
        sub(/["\047]$/, "", key)
        if (plainvalue(key, bare(v))) return m substr(s, 1, n) plainly(v)
        return m substr(s, 1, n) ended(v)
      }
    } else if (match(s, /^[A-Za-z0-9_.-]+[ \t]+/)) {
      n = RLENGTH
      key = substr(s, 1, n); v = substr(s, n + 1); sub(/[ \t]+$/, "", key)
      if (secretname(key) && !plainvalue(key, bare(v)) && (v !~ /[ \t]/ || v ~ /^[^ \t]*[0-9$@!#%^&*=\/+_"\047][^ \t]*/ ))
        return m substr(s, 1, n) ended(v)
    }
  }
  return m scan(s)
}
# A value on one line with its token; its closing sign and a comment after a quote stay outside.
function ended(v, at, q, n) {
  if (match(v, /^["\047]/)) {
    q = substr(v, 1, 1)
    at = quoteend(substr(v, 2), q)
    if (at > 0 && (at + 1 == length(v) || substr(v, at + 2) ~ /^[] \t,;:)}>#]/)) return hidden(substr(v, 1, at + 1)) tail(substr(v, at + 2))
    return hidden(v)
  }
  at = match(v, /[ \t]+$/) ? RSTART : length(v) + 1
  q = substr(v, at); v = substr(v, 1, at - 1)
  # What may be a comment or a part of the secret is hidden apart: the same secret stays the same with either.
  if (match(v, /[ \t]+[#;]+[ \t]*/) && RSTART > 1) {
    at = RSTART; n = RLENGTH
    return hidden(substr(v, 1, at - 1)) substr(v, at, n) token(substr(v, at + n)) q
  }
  return hidden(v) q
}
