# SPDX-License-Identifier: GPL-3.0-or-later
BEGIN { KEY = ENVIRON["TF_KEY"]; FORM = ENVIRON["TF_FORM"]; if (length(KEY) != 64 || KEY !~ /^[0-9a-f]+$/) KEY = ""; linesbegin() }
{ IN[NR] = $0 }
END {
  COUNT = NR
  if (FORM == "json") json()
  else if (FORM == "yaml") yaml()
  else {
    linesbegin()
    NORUNS = FORM == "shapes"
    for (I = 1; I <= COUNT; I++) if (NORUNS) shapein(IN[I]); else linein(IN[I])
    linesend()
    for (I = 1; I <= LN; I++) print "|" LO[I]
    PRINTED = LN
  }
  print "@TFC1 done " (PRINTED + 0) " " (UNDIGESTED + 0)
}
# The form "shapes": names are not those of secrets, and long random words are digests of public things.
function shapein(s, at) {
  if (ST != "") { linein(s); return }
  CR = ""
  if (s ~ /\r$/) { CR = "\r"; s = substr(s, 1, length(s) - 1) }
  at = match(s, /-----BEGIN [A-Za-z0-9 ]*(PRIVATE|SECRET|Static)[A-Za-z0-9 ]*-----/)
  if (at > 0 && substr(s, at) !~ /-----END /) hold("pem", shapes(substr(s, 1, at - 1)), substr(s, at))
  else lineout(shapes(s))
}
