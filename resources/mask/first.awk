function q(v) { return substr(v, 1, 1) }
{
  l = $0
  if (match(tolower(l), /(pass|secret|token|api[_-]?key|credential|private[_-]?key|salt|cookie|auth|dsn|webhook|access[_-]?key|pwd)[A-Za-z0-9_.-]*["]?[ \t]*[=:][ \t]*/)) {
    v = substr(l, RSTART + RLENGTH)
    h = substr(l, 1, RSTART + RLENGTH - 1)
    if (v != "") l = h (q(v) == "\"" ? "\"TFMASK_none_\"" : "TFMASK_none_") (v ~ /,[ \t]*$/ ? "," : "")
  }
  while (match(l, /:\/\/[^\/@ \t"]*@/)) l = substr(l, 1, RSTART + 2) "TFMASK_none_%40" substr(l, RSTART + RLENGTH)
  gsub(/TFMASK_none_%40/, "TFMASK_none_@", l)
  print "|" l
}
END { print "@TFC1 done " NR " 0" }
