# SPDX-License-Identifier: GPL-3.0-or-later
# Secrets inside of any text: "… password=x …", "--token x", "?api_key=x&…", "curl -u user:x".
# How much of `s` is one value, beginning at its first character. `quotes` are those that stand open before it; `wide`:
# blanks don't end it (after ": "); `semi`: the text is made of "name=value;" pairs.
function valuelength(s, quotes, wide, semi, q, n, i, c, rest, bs) {
  if (match(s, /^("""|\047\047\047)/)) {
    i = quoteend(substr(s, 4), substr(s, 1, 3))
    return i ? i + 5 : length(s)
  }
  if (match(s, /^\\*["\047\140]/)) {
    # A quoted one ends at the same quote, with as many backslashes before it.
    q = substr(s, 1, RLENGTH); bs = RLENGTH - 1
    n = RLENGTH; rest = substr(s, n + 1)
    while ((i = index(rest, q)) > 0) {
      c = substr(rest, 1, i - 1)
      n += i - 1 + length(q)
      rest = substr(rest, i + length(q))
      if (bs > 0 || c !~ /\\$/ || c ~ /(^|[^\\])(\\\\)+$/ || q == "\047") {
        # 'a'b and "a""b" go on.
        if (rest ~ /^[^] \t,;:&|)}>"\047\\]/ || rest ~ /^["\047][^,;:) \t]/) return n + valuelength(rest, quotes, wide, semi)
        return n
      }
    }
    return length(s)
  }
  if (s ~ /^[{[]/) return balanced(s)
  n = length(s)
  if (match(s, quotes ~ /"/ && quotes ~ /\047/ ? "[\"\047]" : quotes ~ /"/ ? "\\\\*\"" : quotes ~ /\047/ ? "\047" : "\n")) n = RSTART - 1
  rest = substr(s, 1, n)
  if (semi) return match(rest, /;([ \t]*[A-Za-z][A-Za-z0-9_. -]*=|[ \t]*$)/) ? RSTART - 1 : n
  if (!wide && match(rest, /[ \t]/)) { n = RSTART - 1; rest = substr(s, 1, n) }
  # A separator only ends it when another name follows: passwords hold such characters, too.
  if (match(rest, /[,;&|]+[ \t{]*["\047\\]*[A-Za-z_][A-Za-z0-9_.-]*["\047\\]*[ \t]*[=:]/)) { n = RSTART - 1; rest = substr(s, 1, n) }
  if (match(rest, /[])}>,;]+[ \t]*$/)) n = RSTART - 1
  return n
}
# A list or a table up to its end; all of it when it has none.
function balanced(s, n, i, c, d) {
  n = length(s); d = 0
  for (i = 1; i <= n; i++) {
    c = substr(s, i, 1)
    if (c == "{" || c == "[") d++
    else if ((c == "}" || c == "]") && --d == 0) return substr(s, i + 1) ~ /^[ \t]*[],;})"\047\\ \t]/ || i == n ? i : n
  }
  return n
}
function unquoted(v, q, n) {
  if (match(v, /^\\*["\047\140]/)) {
    q = substr(v, 1, RLENGTH); n = length(v)
    if (n >= 2 * length(q) && substr(v, n - length(q) + 1) == q) {
      v = substr(v, length(q) + 1, n - 2 * length(q))
      if (q == "\"" && v ~ /\\/) v = unescaped(v)
      # A quote within a shell's quotes
      if (q == "\047") gsub(/\047\\\047\047/, "\047", v)
    }
  }
  return v
}
function unescaped(v) {
  gsub(/\\\\/, "\001", v); gsub(/\\"/, "\"", v); gsub(/\\\//, "/", v)
  gsub(/\001/, "\\", v)
  return v
}
# A value with its token, in its own quotes. A bare number gets quotes, as else its format may not be able to read it.
function hidden(v, q, plain) {
  if (length(v) > 5 && v ~ /^("""|\047\047\047)/ && substr(v, length(v) - 2) == substr(v, 1, 3)) {
    q = substr(v, 1, 3)
    return q token(substr(v, 4, length(v) - 6)) q
  }
  plain = unquoted(v)
  if (plain != v) { match(v, /^\\*["\047\140]/); q = substr(v, 1, RLENGTH); return q token(plain) q }
  if (match(v, /^\\*["\047\140]/) && RLENGTH < length(v)) { q = substr(v, 1, RLENGTH); return q token(v) q }
  if (v ~ /^[+-]?[0-9][0-9_.:eETZ+-]*$/) return "\"" token(v) "\""
  return token(v)
}
# Which quotes are open at the end of `s`.
function openquotes(s, q) {
  q = ""
  if (s ~ /"/ && gsub(/"/, "\"", s) % 2) q = "\""
  if (s ~ /[ \t=:(]\047/ || s ~ /^\047/) if (gsub(/\047/, "\047", s) % 2) q = q "\047"
  return q
}
function scan(s, done, low, at, e, b, word, rest, sep, v, n, semi, before, flag, left) {
  low = tolower(s)
  if (low !~ RNAME) return low ~ RTOOL ? shapes(tools(s)) : shapes(s)
  if (low ~ RTOOL) { s = tools(s); low = tolower(s) }
  done = ""
  left = 20000
  semi = s ~ /;[ \t]*[A-Za-z][A-Za-z0-9_. -]*=/ && s !~ /[;{}][ \t]*$/ || s ~ /=[^; ]*;[A-Za-z][A-Za-z0-9_. ]*=[^;]*;?["\047]?,?$/
  while (match(low, RNAME)) {
    if (--left < 0) return done token(s)
    b = RSTART; e = RSTART + RLENGTH
    while (b > 1 && substr(low, b - 1, 1) ~ /[a-z0-9_.\\-]/) b--
    while (b < e && substr(low, b, 1) !~ /[a-z0-9_.\\-]/) b++
    while (e > b && substr(low, e - 1, 1) !~ /[a-z0-9_.-]/) e--
    while (substr(low, e, 1) ~ /[a-z0-9_.-]/) e++
    word = substr(s, b, e - b)
    rest = substr(s, e)
    before = substr(s, 1, b - 1)
    sep = ""
    if (secretname(word)) {
      if (match(rest, /^\\*["\047\140]?\]?\)?[ \t]*(=>|:=|\+=|\?=|==?|:)[ \t]*/)) sep = substr(rest, 1, RLENGTH)
      else if (word ~ /^-/ && match(rest, /^[ \t]+/) && substr(rest, RLENGTH + 1) !~ /^-[A-Za-z-]/) sep = substr(rest, 1, RLENGTH)
      else if (match(rest, /^[ \t]+/) && spoken(word, substr(rest, RLENGTH + 1), done before)) sep = substr(rest, 1, RLENGTH)
      else if (rest ~ /^["\047][ \t]*,[ \t]*["\047]/ && (done before) ~ /["\047]$/ && match(rest, /^["\047][ \t]*,[ \t]*/)) sep = substr(rest, 1, RLENGTH)
      else if (rest ~ /^>/ && before ~ /<$/) sep = ">"
    }
    if (sep == "" || sep == rest) {
      done = done substr(s, 1, e - 1); s = rest; low = substr(low, e)
      continue
    }
    rest = substr(rest, length(sep) + 1)
    if (sep == ">") n = index(rest, "</") ? index(rest, "</") - 1 : length(rest)
    else n = valuelength(rest, openquotes(done before), sep ~ /:[ \t]+$/ || before ~ /["\047]$/ && sep !~ /["\047]/, semi)
    v = substr(rest, 1, n)
    if (OPENOK && n == length(rest) && (match(v, /^("""|\047\047\047)/) || match(v, sep ~ /=/ ? "^[\"\047]" : "^\""))) {
      left = RLENGTH
      if (quoteend(substr(v, left + 1), substr(v, 1, left)) == 0) {
        OPENQ = substr(v, 1, left); OPENV = substr(v, left + 1)
        return shapes(done before word sep OPENQ)
      }
    }
    # "Authorization: Bearer x": the scheme may stay, what follows may not.
    if (tolower(v) ~ /^["\047]?(bearer|basic|token|digest|apikey)$/ && substr(rest, n + 1) ~ /^[ \t]+[^ \t]/) {
      match(substr(rest, n + 1), /^[ \t]+[^ \t"\047]+/); n += RLENGTH; v = substr(rest, 1, n)
    }
    done = done before word sep (plainvalue(word, unquoted(v)) || reference(unquoted(v)) || unquoted(v) ~ /^TFMASK_[0-9a-z]+_$/ ? v : hidden(v))
    s = substr(rest, n + 1)
    low = tolower(s)
  }
  return shapes(done s)
}
# "password x" without any sign between them, as .netrc, haproxy and many others write it.
function spoken(word, v, before) {
  if (tolower(word) !~ /(password|passwd|passphrase|secret|auth|token|psk|pass|requirepass|key|community|identified by)$/) return 0
  if (v ~ /^["\047]/) return 1
  if (tolower(before) ~ /(machine|login|user|username|stats|name|snmp-server|default)([ \t]|$)/ || before ~ /^[ \t]*$/) return 1
  sub(/[ \t].*$/, "", v)
  return v ~ /[0-9A-Z$@!#%^*=\/+_]/ && v !~ /^[A-Z][a-z]*[.,;:]?$/ && v !~ /^[([{<]/ && v !~ /=/
}
# Flags of well-known programs that take a password.
function tools(s) {
  if (s ~ /(mysql|mariadb|mycli)/) s = flagged(s, "[ \t]-p")
  if (s ~ /sshpass/) s = flagged(s, "[ \t]-p[ \t]*")
  if (s ~ /redis-cli|valkey-cli/) s = flagged(s, "[ \t]-a[ \t]*")
  if (s ~ /mongo|docker|podman|helm|oc login|skopeo|htpasswd|ftp|amqp|mosquitto/) s = flagged(s, "[ \t](-[pP]|--creds|--src-creds|--dest-creds)[ \t]+")
  if (s ~ /ldap/) s = flagged(s, "[ \t]-w[ \t]*")
  if (s ~ /curl|http|wget|smb|mount|cifs/) s = flagged(s, "[ \t](-[uU]|--user|--proxy-user|--aws-sigv4|-a|--auth)([ \t]+|=)?[^ \t:\"\047%=]*[:%]")
  if (s ~ /passin|passout|-pass /) s = flagged(s, "pass:")
  return s
}
function flagged(s, pattern, done, n, v) {
  done = ""
  while (match(s, pattern)) {
    done = done substr(s, 1, RSTART + RLENGTH - 1)
    s = substr(s, RSTART + RLENGTH)
    n = valuelength(s, openquotes(done), 0, 0)
    v = substr(s, 1, n)
    if (n == 0 || v ~ /^[-\/]/ && pattern !~ /:/ || v ~ /TFMASK_/) continue
    done = done hidden(v)
    s = substr(s, n + 1)
  }
  return done s
}
