# SPDX-License-Identifier: GPL-3.0-or-later
# A file as pieces of text, some of them leaves (values), and the tables and lists that hold them. What is a secret is
# often known only when its table ends ({"value": "x", "name": "password"}), so that nothing is printed before the end.
function piece(s) { O[++TN] = s }
function leaf(s, value, quote, k) {
  k = ++TN
  O[k] = s; V[k] = value; LEAF[k] = 1; Q[k] = quote
  if (MSENS[FD]) { if (!plainvalue(FKEY[FD], value) && !reference(value)) MASK[k] = 1 }
  if (!MASK[k]) O[k] = shown(s, value, quote)
}
# A value that its key says nothing of: what it holds may be secret by itself.
function shown(s, value, quote, low, now) {
  low = tolower(value)
  if (low !~ RNAME && value !~ RSHAPE && low !~ RTOOL && length(value) < 32) return s
  # NAME=VALUE in a list is one variable, whatever lines its value has.
  if (FT[FD] == "[" && match(value, /^[A-Za-z_][A-Za-z0-9_.-]*=/)) {
    now = substr(value, 1, RLENGTH - 1); low = substr(value, RLENGTH + 1)
    if (secretname(now) && !plainvalue(now, low) && !reference(low)) return encoded(now "=" token(low), quote)
  }
  if (value ~ /\n/ || value ~ /^(export )?[A-Za-z_][A-Za-z0-9_.-]*=/) now = linestext(value)
  else now = scan(value)
  return now == value ? s : encoded(now, quote)
}
function encoded(s, quote) {
  if (quote == "\"") {
    gsub(/\\/, "\\\\\\\\", s); gsub(/"/, "\\\"", s); gsub(/\n/, "\\n", s); gsub(/\t/, "\\t", s); gsub(/\r/, "\\r", s)
    return "\"" s "\""
  }
  if (quote == "\047") { gsub(/\047/, "\047\047", s); return "\047" s "\047" }
  return s
}
function framepush(type) {
  FD++
  FT[FD] = type; FM[FD] = 0; FOPEN[FD] = 0; FKEY[FD] = FD > 1 && type == "[" ? FKEY[FD - 1] : ""
  FSENS[FD] = FD > 1 ? MSENS[FD - 1] : 0
  MSENS[FD] = FSENS[FD]
  FBEGIN[FD] = TN + 1
}
function memberkey(key) {
  memberend()
  FKEY[FD] = key; FFROM[FD] = TN + 1; FOPEN[FD] = 1
  MSENS[FD] = FSENS[FD] || secretname(key) || key ~ /last-applied-configuration/
}
function memberend(n) {
  if (!FOPEN[FD]) return
  n = ++FM[FD]
  MK[FD, n] = FKEY[FD]; MF[FD, n] = FFROM[FD]; MT[FD, n] = TN
  FOPEN[FD] = 0
  MSENS[FD] = FSENS[FD]
  # For whole files: every member, to find those that a list of names elsewhere calls secret.
  if (WANTALL) { AN++; AK[AN] = FKEY[FD]; AF[AN] = FFROM[FD]; AT[AN] = TN }
}
function markrange(from, to, key, k) {
  for (k = from; k <= to; k++)
    if (LEAF[k] && !plainvalue(key, V[k]) && !(key != "" && reference(V[k]))) MASK[k] = 1
}
function firstleaf(n, k) {
  for (k = MF[FD, n]; k <= MT[FD, n]; k++) if (LEAF[k]) return V[k]
  return ""
}
# What somebody has called sensitive is so whatever it looks like.
function markall(from, to, k) {
  for (k = from; k <= to; k++) if (LEAF[k] && V[k] != "" && V[k] != "null") MASK[k] = 1
}
function markmembers(names, key, n) {
  for (n = 1; n <= FM[FD]; n++) if (MK[FD, n] ~ names) markrange(MF[FD, n], MT[FD, n], key)
}
# Names of attributes that Terraform calls sensitive: the strings in a list, or the members that are true.
# A list that holds something, but no name, is not understood: then all of them are.
function marknamed(from, to, where, k, n, names, m, any, told) {
  any = told = 0
  for (k = from; k <= to; k++) {
    if (LEAF[k] && V[k] != "false") any = 1
    if (LEAF[k] && Q[k] == "\"") { names[V[k]] = 1; told = 1 }
  }
  for (n = 1; n <= AN; n++) if (AF[n] >= from && AT[n] <= to) for (k = AF[n]; k <= AT[n]; k++) if (LEAF[k] && V[k] == "true") { names[AK[n]] = 1; told = 1 }
  for (m = 1; m <= FM[FD]; m++) {
    if (MK[FD, m] !~ where) continue
    if (any && !told) markall(MF[FD, m], MT[FD, m])
    for (n = 1; n <= AN; n++) if (AF[n] >= MF[FD, m] && AT[n] <= MT[FD, m] && AK[n] in names) markall(AF[n], AT[n])
  }
}
function framepop(broken, n, name, isnamed, m) {
  memberend()
  isnamed = 0
  for (n = 1; n <= FM[FD]; n++) {
    if (MK[FD, n] ~ /^@?([Nn]ame|NAME|[Kk]ey|KEY|[Ii]d|[Vv]ar(iable)?|[Ee]nv|[Oo]ption|[Pp]roperty|[Pp]arameter|[Hh]eader|[Ff]ield|[Ll]abel|ParameterKey|ParameterName|[Vv]ariable_?[Nn]ame)$/) {
      isnamed = 1
      name = firstleaf(n)
      if (secretname(name)) markmembers("^@?([Vv]alues?|VALUE|[Vv]al|[Dd]efault|[Dd]efault_?[Vv]alue|[Cc]ontents?|[Dd]ata|[Tt]ext|[Ss]tring|ParameterValue|[Dd]efaultValue|[Ii]nitial|[Cc]urrent)$", name)
    }
    if (MK[FD, n] == "kind" && firstleaf(n) == "Secret") markmembers("^(data|stringData)$", "")
    if (MK[FD, n] == "sensitive" && firstleaf(n) ~ /^([Tt]rue|TRUE|yes|on)$/)
      for (m = 1; m <= FM[FD]; m++) if (MK[FD, m] ~ /^(values?|default)$/) markall(MF[FD, m], MT[FD, m])
    if (MK[FD, n] ~ /^(sensitive_attributes|identity_sensitive_attributes|sensitive_values|before_sensitive|after_sensitive)$/) marknamed(MF[FD, n], MT[FD, n], "^(attributes|attributes_flat|identity|values|before|after)$")
  }
  if (broken && !isnamed) markmembers("^[Vv]alues?$", "")
  FD--
}
function hiddenleaf(k, n, s, t) {
  s = O[k]; n = gsub(/\n/, "\n", s)
  t = token(V[k])
  if (t == "") return O[k]
  t = Q[k] == "" ? t : (Q[k] == "#" ? "\"" t "\"" : Q[k] t Q[k])
  for (; n > 0; n--) t = t "\n"
  return t
}
function treeprint(k, s, at, fresh, i, list) {
  # Piece by piece: a line may be a megabyte long.
  ORS = ""
  fresh = 1
  for (k = 1; k <= TN; k++) {
    s = MASK[k] ? hiddenleaf(k) : O[k]
    if (index(s, "\n")) {
      at = split(s, list, "\n")
      for (i = 1; i < at; i++) { PRINTED++; print (fresh ? "|" : "") list[i] "\n"; fresh = 1 }
      s = list[at]
    }
    if (s != "") { print (fresh ? "|" : "") s; fresh = 0 }
  }
  if (!fresh) { PRINTED++; print "\n" }
  ORS = "\n"
}
# What cannot be read any further goes on by lines; below the name of a secret nothing of it is shown.
function giveup(first, from, d, sens, i, s) {
  sens = 0
  for (d = 1; d <= FD; d++) if (MSENS[d]) sens = 1
  while (FD > 0) framepop(1)
  linesbegin()
  for (i = from; i <= COUNT; i++) {
    s = i == from ? first : IN[i]
    if (!sens) linein(s)
    else LO[++LN] = token(s)
  }
  linesend()
  for (i = 1; i <= LN; i++) piece(LO[i] "\n")
}
