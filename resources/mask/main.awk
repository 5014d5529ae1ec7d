# SPDX-License-Identifier: GPL-3.0-or-later
BEGIN { KEY = ENVIRON["TF_KEY"]; FORM = ENVIRON["TF_FORM"]; if (length(KEY) != 64 || KEY !~ /^[0-9a-f]+$/) KEY = ""; linesbegin() }
{ IN[NR] = $0 }
END {
  COUNT = NR
  if (FORM == "json") json()
  else if (FORM == "yaml") yaml()
  else {
    linesbegin()
    if (FORM == "shapes") for (I = 1; I <= COUNT; I++) shapein(IN[I])
    else for (I = 1; I <= COUNT; I++) linein(IN[I])
    linesend()
    for (I = 1; I <= LN; I++) print "|" LO[I]
    PRINTED = LN
  }
  print "@TFC1 done " (PRINTED + 0) " " (UNDIGESTED + 0)
}
