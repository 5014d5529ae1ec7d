# SPDX-License-Identifier: GPL-3.0-or-later
# The form "shapes": for files whose names are those of packages, where "cookie" is no secret, and whose long runs are
# digests and certificates. Masked are private keys, what URLs carry, and tokens of well-known shapes.
function shapein(s, at) {
  if (ST != "") { linein(s); return }
  CR = ""
  if (s ~ /\r$/) { CR = "\r"; s = substr(s, 1, length(s) - 1) }
  if (match(s, /-----BEGIN [A-Za-z0-9 ]*(PRIVATE|SECRET|Static)[A-Za-z0-9 ]*-----/) && substr(s, RSTART) !~ /-----END /) {
    at = RSTART; hold("pem", queries(shapes(substr(s, 1, at - 1))), substr(s, at))
    return
  }
  lineout(queries(shapes(s)))
}
# "?token=x&signature=y" of a URL.
function queries(s, done, word, n) {
  done = ""
  while (match(s, /[?&][A-Za-z0-9_.~-]+=[^&#"\047 \t]+/)) {
    word = substr(s, RSTART, RLENGTH)
    done = done substr(s, 1, RSTART - 1)
    s = substr(s, RSTART + RLENGTH)
    n = index(word, "=")
    if (word !~ /TFMASK_/ && (secretname(substr(word, 2, n - 2)) || tolower(substr(word, 2, n - 2)) ~ /sig(nature)?$/))
      word = substr(word, 1, n) token(substr(word, n + 1))
    done = done word
  }
  return done s
}
