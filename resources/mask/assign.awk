# SPDX-License-Identifier: GPL-3.0-or-later
# One line that no earlier line goes on in.
function oneline(s, t, key, at, v, low, n) {
  low = s
  sub(/^[ \t]+/, "", low)
  if (low == "") { lineout(s); return }
  if (match(s, /-----BEGIN [A-Za-z0-9 ]*(PRIVATE|SECRET|Static)[A-Za-z0-9 ]*-----/) && substr(s, RSTART) !~ /-----END /) {
    at = RSTART
    hold("pem", scan(substr(s, 1, at - 1)), substr(s, at))
    return
  }
  if (INDK >= 0) {
    if (indentof(s) > INDK) {
      match(s, /^[ \t]*[#;]*[ \t]*/); n = RLENGTH
      lineout(substr(s, 1, n) below(substr(s, n + 1)))
      return
    }
    if (low !~ /^[#;]/) INDK = -1
  }
  if (low ~ /^([#;%]|\/\/|\/\*|\*[ \t]|--|<!--|!|[rR][eE][mM][ \t])/) { lineout(commented(s)); return }
  CINDK = -1
  if (low ~ /^\[+[^]=]+\]+[ \t]*([#;].*)?$/) {
    t = low; sub(/^\[+/, "", t); sub(/\]+[ \t]*([#;].*)?$/, "", t)
    SECT = secretname(t); BLOCK = 0
    SECTNAME = t
    lineout(shapes(s))
    return
  }
  if (BLOCK > 0) {
    if (low ~ /\{[ \t]*(#.*)?$/) BLOCK++
    if (low ~ /^\}/ && --BLOCK == 0) SECT = 0
  } else if (low ~ /[^=:{ \t][ \t]*\{[ \t]*(#.*)?$/ && blockname(low)) { SECT = 1; SECTNAME = "secret"; BLOCK = 1; lineout(scan(s)); return }
  if (low ~ /^</) { markup(s); return }
  if (pgpass(s) || userlist(s)) return
  if (match(s, /[ \t]*(=>|:=|\+=|\?=|=|:)[ \t]*/)) {
    # The separator of properties files may be escaped in a name.
    at = RSTART; n = RLENGTH
    key = substr(s, 1, at - 1)
    while (oddend(key) && match(substr(s, at + n), /[ \t]*(=>|:=|=|:)[ \t]*/)) { at += n + RSTART - 1; n = RLENGTH; key = substr(s, 1, at - 1) }
    v = substr(s, at + n)
    if (!SECT && key ~ /[^ \t][ \t]+[^ \t]/ && !worded(key)) v = s
    else if (length(key) < 400 && !(v ~ /^\/\// && keyname(key) ~ /[ \t]/) && named(key)) { assigned(substr(s, 1, at + n - 1), keyname(key), v); return }
  } else v = s
  if (match(s, /^[ \t]*[A-Za-z0-9_.\\-]+[ \t]+/)) {
    n = RLENGTH
    t = substr(s, 1, n); v = substr(s, n + 1)
    key = keyname(t)
    if (v !~ /^[=:]/ && secretname(key)) { directive(t, key, v); return }
  }
  if (SECT && s !~ /^[ \t]*[]})]+[,;]?$/ && s !~ /[=:][ \t]*$/) {
    match(s, /^[ \t]*/)
    lineout(substr(s, 1, RLENGTH) (plainvalue(SECTNAME, low) ? low : token(low)))
    return
  }
  OPENOK = 1; OPENQ = ""
  t = scan(s)
  OPENOK = 0
  if (OPENQ == "") { lineout(t); return }
  HQ = OPENQ
  hold("quote", t, OPENV)
}
# secrets { … }, variable "db_password" { … }
function blockname(s, first) {
  first = s; sub(/[ \t{].*$/, "", first)
  if (first ~ /^(variable|output|resource|data|locals|module|define)$/) return secretname(s)
  return secretname(first) && first !~ RPASS
}
# A name of several words ("Secret Key = x"), not a name and the beginning of a value ("secret x=y").
function worded(key, first) {
  first = key
  sub(/^[ \t]+/, "", first); sub(/[ \t].*$/, "", first)
  if (first ~ /^["\047]/ || !secretname(keyname(first))) return 1
  key = " " tolower(key) " "
  gsub(/[ \t]+/, "  ", key)
  gsub(/ (passwords?|passphrase|secrets?|tokens?|keys?|for|the|of|id|access|api|auth|user|users|db|database|url|string|file|name|salt|cookie|value|hash|header|in|to|credentials?) /, "", key)
  return key ~ /^[ \t]*$/
}
function keyname(key) {
  sub(/^[ \t]*(export[ \t]+|set[ \t]+|setenv[ \t]+|declare[ \t]+-x[ \t]+|[-?][ \t]+|[{[(][ \t]*)*/, "", key)
  while (match(key, /\\u00[0-7][0-9a-fA-F]/)) key = substr(key, 1, RSTART - 1) ascii(substr(key, RSTART + 4, 2)) substr(key, RSTART + 6)
  gsub(/\\/, "", key)
  sub(/[ \t]+$/, "", key)
  sub(/^["\047]/, "", key); sub(/["\047]$/, "", key)
  return key
}
function ascii(hex, n) {
  n = index("0123456789abcdef", tolower(substr(hex, 1, 1))) * 16 - 16 + index("0123456789abcdef", tolower(substr(hex, 2, 1))) - 1
  return n > 0 ? sprintf("%c", n) : ""
}
# Whether the text before the first separator is the name of a secret, and nothing but a name.
function named(key, k) {
  if (SECT) return key !~ /^[ \t]*[]})]/
  k = keyname(key)
  if (!secretname(k)) return 0
  # A command with words before it, or several names: those are found where they stand.
  return k !~ /["\047({]/ || k ~ /^\$?[A-Za-z_]+(\[["\047]?[A-Za-z0-9_.-]+["\047]?\])+$/ || k ~ /^[A-Za-z0-9_.-]*("[^"]*"|\047[^\047]*\047)?[A-Za-z0-9_."-]*$/
}
function below(v) {
  if (v ~ /^[]})]+[,;]?$/) return v
  return ended(v)
}
function assigned(prefix, key, v, at, q, name) {
  name = SECT ? SECTNAME "." key : key
  if (v == "") { INDK = indentof(prefix); lineout(prefix); return }
  if (name ~ / / && prefix !~ /^[ \t]*["\047]/ && key ~ /[ \t](-|\/)/) { lineout(scan(prefix v)); return }
  if (plainvalue(name, bare(v)) || reference(bare(v))) { lineout(prefix plainly(v)); return }
  INDK = indentof(prefix)
  if (match(v, /^<<[-~]?["\047]?[A-Za-z_][A-Za-z0-9_]*["\047]?[ \t]*$/)) {
    HW = v; gsub(/^<<[-~]?["\047]?|["\047]?[ \t]*$/, "", HW)
    hold("here", prefix, ""); return
  }
  if (v ~ /^["\047]/) {
    q = substr(v, 1, 1)
    if (substr(v, 1, 3) == q q q) q = q q q
    at = quoteend(substr(v, length(q) + 1), q)
    if (at == 0) { HQ = q; hold("quote", prefix q, substr(v, length(q) + 1)); return }
    at += 2 * length(q)
    if (substr(v, at) ~ /^([^] \t,;:)}>#\/\\]|\\["\047])/) {
      # 'a'"b"c: one word of a shell
      if (oddend(v)) { hold("cont", prefix, v); return }
      lineout(prefix hidden(v)); return
    }
    q = tail(substr(v, at))
    lineout(prefix (length(substr(v, 1, at - 1)) > 6 && v ~ /^("""|\047\047\047)/ ? substr(v, 1, 3) token(substr(v, 4, at - 7)) substr(v, 1, 3) : hidden(substr(v, 1, at - 1))) q)
    if (oddend(v) || q ~ /,[ \t]*$/ && 0) INDK = indentof(prefix)
    return
  }
  if (v ~ /^\[[ \t]*(["\047[{0-9+-].*|#.*)?$/ || v ~ /^\{[ \t]*(["\047]?[A-Za-z0-9_.-]+["\047]?[ \t]*[=:].*|#.*)?$/) {
    BD = 0; BQ = ""; ST = "brack"
    lineout(prefix leaves(v))
    return
  }
  if (oddend(v)) { hold("cont", prefix, v); return }
  lineout(prefix ended(v))
}
# A plain value; what may be a comment or a part of it is hidden.
function plainly(v, n) {
  if (!match(v, /[ \t]+#+[ \t]*/)) return shapes(v)
  n = RSTART + RLENGTH - 1
  return substr(v, 1, n) token(substr(v, n + 1))
}
# The value as a parser would see it, for the rules of what is plain.
function bare(v) {
  sub(/[ \t]+#.*$/, "", v)
  sub(/[ \t]*[,;]?[ \t]*$/, "", v)
  return unquoted(v)
}
# nginx, sshd, redis and their like: a name, blanks, a value.
function directive(prefix, key, v, end) {
  if (plainvalue(key, bare(v)) || key ~ RPASS || reference(bare(v)) || v ~ /^\{?$/) { lineout(key ~ RPASS ? scanpart(prefix, v) : prefix plainly(v)); return }
  end = ""
  if (match(v, /[ \t]*;[ \t]*$/)) { end = substr(v, RSTART); v = substr(v, 1, RSTART - 1) }
  else if (v ~ /^["\047]/ && quoteend(substr(v, 2), substr(v, 1, 1)) == 0) { HQ = substr(v, 1, 1); hold("quote", prefix HQ, substr(v, 2)); return }
  else if (oddend(v)) { hold("cont", prefix, v); return }
  INDK = indentof(prefix)
  lineout(prefix (v == "" ? "" : ended(v)) end)
}
function scanpart(prefix, v) { return prefix scan(v) }
# host:port:database:user:password
function pgpass(s, n, list, at) {
  if (s !~ /^[^:# \t]+:([0-9]+|\*):[^:]+:[^:]+:[^ ]+$/ || s ~ /:\/\//) return 0
  n = match(s, /^[^:]+:[^:]+:[^:]+:[^:]+:/)
  lineout(substr(s, 1, RLENGTH) token(substr(s, RLENGTH + 1)))
  return 1
}
# "user" "password" of pgbouncer
function userlist(s, at) {
  if (s !~ /^"[^"]*"[ \t]+"[^"]*"/) return 0
  match(s, /^"[^"]*"[ \t]+/); at = RLENGTH
  lineout(substr(s, 1, at) hidden(substr(s, at + 1)))
  return 1
}
# XML: <password>x</password>, <property name="password" value="x"/>, <entry key="password">x</entry>
function markup(s, tag, at, rest) {
  rest = s
  if (tolower(s) ~ RNAME && match(s, /<[A-Za-z][^<>]*>/)) {
    tag = substr(s, RSTART, RLENGTH); at = RSTART + RLENGTH
    if (tag !~ /\/>$/ && secretname(tagname(tag)) ) {
      rest = substr(s, at)
      if (index(rest, "</")) { at = index(rest, "</"); lineout(scan(substr(s, 1, length(s) - length(rest))) (plainvalue(tagname(tag), substr(rest, 1, at - 1)) ? substr(rest, 1, at - 1) : token(substr(rest, 1, at - 1))) scan(substr(rest, at))) ; return }
      hold("xml", substr(s, 1, at - 1), rest)
      return
    }
    if (secretname(tagname(tag)) && match(tag, /[ \t](value|Value|default|content)[ \t]*=[ \t]*["\047]/)) {
      at = index(s, tag) + RSTART + RLENGTH - 2
      tag = substr(s, at, 1); rest = substr(s, at + 1)
      at = index(rest, tag)
      if (at == 0) at = length(rest) + 1
      lineout(substr(s, 1, length(s) - length(rest)) token(substr(rest, 1, at - 1)) scan(substr(rest, at)))
      return
    }
  }
  lineout(scan(s))
}
function tagname(tag, name) {
  name = tag; sub(/^</, "", name); sub(/[ \t>].*$/, "", name)
  if (match(tag, /[ \t](name|key|id|Name|Key)[ \t]*=[ \t]*["\047][^"\047]*/)) { tag = substr(tag, RSTART, RLENGTH); sub(/^.*["\047]/, "", tag); name = name "." tag }
  return name
}
