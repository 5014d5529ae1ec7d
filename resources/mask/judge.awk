# SPDX-License-Identifier: GPL-3.0-or-later
# What is a secret. RNAME and the other R… patterns come from secretrules.cpp: both sides judge alike.
function secretname(key, low) {
  low = tolower(key)
  if (low !~ RNAME) return 0
  gsub(RHARMLESS, "", low)
  return low ~ RNAME
}
function lastname(key) {
  if (key ~ /"$/) { sub(/"$/, "", key); sub(/^.*"/, "", key); return key }
  sub(/^.*\./, "", key)
  sub(/\[[0-9]+\]$/, "", key)
  return key
}
# Whether a value is none although its name says so: "true", "30s" of a TTL, the path of a file.
function plainvalue(key, value, low, name) {
  if (value == "") return 1
  low = tolower(value)
  if (low ~ RPLAIN) return 1
  name = lastname(key)
  if (name ~ RPASS) return value ~ /^[A-Za-z0-9_.:\/$-]+$/ && value !~ /@/
  name = tolower(name)
  if (name ~ RFACTNAME && low ~ RFACT) return 1
  if (name ~ RPLACENAME && name !~ /webhook|dsn/ && value ~ RPLACE) return 1
  return value ~ RKEYFILE
}
# A long run of letters and digits that nobody would type: hex, or mixed case with digits and no long word in it.
function israndom(w, i, n, c, k, last, turns) {
  n = length(w)
  if (n < 32 || w ~ /TFMASK_/) return 0
  if (w ~ /^[0-9]+$/) return 0
  if (w ~ /^[0-9a-fA-F]+$/) return 1
  if (w !~ /[0-9]/ || w !~ /[A-Za-z]/) return w ~ /[A-Z]/ && w ~ /[a-z]/ && w !~ /[a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z]/ && w !~ /[_.\/-]/
  if (w ~ /[a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z]/) return 0
  if (w ~ /^[0-9a-f]+(-[0-9a-f]+)+$/ && n == 36) return 0
  turns = 0; last = ""
  for (i = 1; i <= n && i <= 200; i++) {
    c = substr(w, i, 1)
    k = c ~ /[0-9]/ ? "d" : c ~ /[a-z]/ ? "l" : c ~ /[A-Z]/ ? "u" : "o"
    if (k != last && k != "o") turns++
    last = k
  }
  return turns >= 8
}
# Every place of `find` in `s` becomes `by`.
function put(s, find, by, at, done) {
  done = ""
  while ((at = index(s, find)) > 0) { done = done substr(s, 1, at - 1) by; s = substr(s, at + length(find)) }
  return done s
}
# A path below a folder that every system has is random only where one of its names is.
function israndomname(w, n, i, names) {
  n = split(w, names, "/")
  for (i = 1; i <= n; i++) if (israndom(names[i])) return 1
  return 0
}
function maskruns(s, n, i, w, list, q) {
  n = split(s, list, /[^A-Za-z0-9+\/=_-]+/)
  for (i = 1; i <= n; i++) {
    w = list[i]
    if (length(w) < 32) continue
    sub(/^[A-Za-z_-]+=/, "", w)
    if (w ~ /^\/(etc|var|usr|opt|srv|home|tmp|run|data|mnt|media|lib|root|proc|sys|dev|app|apps|www)\//) {
      if (!israndomname(w)) continue
    } else {
      sub(/^[\/=_-]+/, "", w)
      if (!israndom(w)) continue
    }
    # What names contents by their digest is no secret: image and package pins, revisions.
    q = index(s, w)
    if (q > 4 && tolower(substr(s, q > 8 ? q - 8 : 1, q > 8 ? 8 : q - 1)) ~ /(sha[0-9]+|md5)[:=-]$/) continue
    s = put(s, w, token(w))
  }
  return s
}
# Shapes that a pattern finds from its first characters on: the whole match goes.
function maskshape(s, pattern, least, done, found) {
  done = ""
  while (match(s, pattern)) {
    found = substr(s, RSTART, RLENGTH)
    done = done substr(s, 1, RSTART - 1) (RLENGTH >= least && found !~ /TFMASK_/ ? token(found) : found)
    s = substr(s, RSTART + RLENGTH)
  }
  return done s
}
# "://user:password@": up to the last '@' of what can belong to one URL, since passwords hold '/', '?' and '@' too.
function maskurls(s, done, at, seg, n, a, c, user, cut, more, scheme) {
  done = ""
  while ((at = index(s, "://")) > 0) {
    scheme = tolower(substr(s, at > 5 ? at - 5 : 1, at > 5 ? 5 : at - 1))
    done = done substr(s, 1, at + 2)
    s = substr(s, at + 3)
    n = match(s, /[ \t"<>\140\047]/) ? RSTART - 1 : length(s)
    seg = substr(s, 1, n)
    if ((c = index(seg, "://")) > 0) { cut = substr(seg, 1, c - 1); sub(/[A-Za-z][A-Za-z0-9+.-]*$/, "", cut); seg = cut }
    n = length(seg)
    a = seg; sub(/[\/?#].*$/, "", a)
    user = seg
    if (user !~ /@/) { done = done seg; s = substr(s, n + 1); continue }
    sub(/@[^@]*$/, "", user)
    more = substr(seg, length(user) + 1)
    c = index(a, ":")
    if (a ~ /^\[/ && a !~ /@/) c = 0
    if (c > 0) {
      cut = substr(user, c + 1)
      if (c > length(user) || cut == "" || cut ~ /^TFMASK_[0-9a-z]+_$/ || reference(cut)) done = done seg
      else done = done substr(seg, 1, c) token(cut) more
    } else if (a ~ /@/ && a !~ /^TFMASK_/ && (scheme ~ /https?$/ || length(user) >= 20)) done = done token(user) more
    else done = done seg
    s = substr(s, n + 1)
  }
  return done s
}
# "${NAME}", "{{ name }}": says where a secret comes from, and is none.
function reference(v) {
  return v ~ /^\$\{[A-Za-z_][A-Za-z0-9_.]*\}$/ || v ~ /^\{\{ *[A-Za-z_.][A-Za-z0-9_.]* *\}\}$/ || v ~ /^%\([A-Za-z_]+\)s$/ || v ~ /^<%= *ENV\[["\047][A-Z_]+["\047]\] *%>$/
}
# "Bearer x", "Basic x"
function maskbearer(s, done, word, value) {
  done = ""
  while (match(s, /[Bb](earer|asic|EARER|ASIC)[ \t]+[A-Za-z0-9._~+\/=-]+/)) {
    word = substr(s, RSTART, RLENGTH)
    done = done substr(s, 1, RSTART - 1)
    s = substr(s, RSTART + RLENGTH)
    match(word, /[ \t]+/)
    value = substr(word, RSTART + RLENGTH)
    if (value ~ /TFMASK_/ || length(value) < 8 || (length(value) < 20 && value ~ /^[a-z]+$/)) done = done word
    else done = done substr(word, 1, RSTART + RLENGTH - 1) token(value)
  }
  return done s
}
function shapes(s, at, rest) {
  if (s ~ RSHAPE) {
    if (s ~ /-----BEGIN /) {
      # Keys that stand in one line, their newlines written as \n.
      while ((at = match(s, /-----BEGIN [A-Za-z0-9 ]*(PRIVATE|SECRET|Static)[A-Za-z0-9 ]*-----/)) > 0) {
        rest = substr(s, at)
        if (match(rest, /-----END [A-Za-z0-9 ]*-----/)) s = substr(s, 1, at - 1) token(substr(rest, 1, RSTART + RLENGTH - 1)) substr(rest, RSTART + RLENGTH)
        else s = substr(s, 1, at - 1) token(rest)
      }
    }
    if (s ~ /:\/\//) s = maskurls(s)
    s = maskshape(s, "A[KS]IA[0-9A-Z]+", 20)
    s = maskshape(s, "gh[pousr]_[A-Za-z0-9]+", 20)
    s = maskshape(s, "github_pat_[A-Za-z0-9_]+", 24)
    s = maskshape(s, "gl(pat|dt|rt|cbt|ft|soat|imt|agent|ptt)-[A-Za-z0-9_-]+", 24)
    s = maskshape(s, "xox[a-z]-[A-Za-z0-9-]+", 12)
    s = maskshape(s, "[srp]k_(live|test)_[A-Za-z0-9]+", 16)
    s = maskshape(s, "eyJ[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.]?[A-Za-z0-9_-]*", 20)
    s = maskshape(s, "SG[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+", 20)
    s = maskshape(s, "AIza[A-Za-z0-9_-]+", 30)
    s = maskshape(s, "(npm|hvs|hvb|dop_v1|shpat|pypi)[_.-][A-Za-z0-9_-]+", 24)
    s = maskshape(s, "[$](1|2[abxy]?|5|6|7|y|gy|apr1|argon2[a-z]*|pbkdf2[a-z0-9-]*|scrypt)[$][^ \t:\"\047,;]+", 16)
    s = maskshape(s, "[{](SSHA|SHA|SMD5|CRYPT|PBKDF2)[0-9-]*[}][A-Za-z0-9+/=$.]+", 16)
    s = maskshape(s, "SCRAM-SHA-256[$][^ \t\"\047,;]+", 20)
    s = maskbearer(s)
  }
  if (length(s) >= 32 && FORM != "shapes") s = maskruns(s)
  return s
}
