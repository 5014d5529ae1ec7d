# SPDX-License-Identifier: GPL-3.0-or-later
# Keyed digests (HMAC-SHA-256) in plain awk: a secret never leaves this process, not even through a pipe. XOR is a table
# of bytes; AND follows from it: a & b = (a + b - (a ^ b)) / 2.
function xr(a, b, p, q, r, s, t, u) {
  p = int(a / 16777216); a -= p * 16777216; q = int(a / 65536); a -= q * 65536; r = int(a / 256); a -= r * 256
  s = int(b / 16777216); b -= s * 16777216; t = int(b / 65536); b -= t * 65536; u = int(b / 256); b -= u * 256
  return XT[p * 256 + s] * 16777216 + XT[q * 256 + t] * 65536 + XT[r * 256 + u] * 256 + XT[a * 256 + b]
}
function turn(x, n, d) { d = P2[n]; return int(x / d) + (x - int(x / d) * d) * P2[32 - n] }
function digestready(i, j, k, a, b, w, list) {
  P2[0] = 1
  for (i = 1; i <= 32; i++) P2[i] = P2[i - 1] * 2
  for (i = 1; i < 256; i++) ORD[sprintf("%c", i)] = i
  for (i = 0; i < 16; i++)
    for (j = 0; j < 16; j++) {
      w = 0; a = i; b = j
      for (k = 1; k < 16; k *= 2) { if (a % 2 != b % 2) w += k; a = int(a / 2); b = int(b / 2) }
      X4[i * 16 + j] = w
    }
  for (i = 0; i < 256; i++) {
    a = int(i / 16) * 16; b = (i % 16) * 16
    for (j = 0; j < 256; j++) XT[i * 256 + j] = X4[a + int(j / 16)] * 16 + X4[b + j % 16]
  }
  split("1116352408 1899447441 3049323471 3921009573 961987163 1508970993 2453635748 2870763221 3624381080 310598401 607225278 1426881987 1925078388 2162078206 2614888103 3248222580 3835390401 4022224774 264347078 604807628 770255983 1249150122 1555081692 1996064986 2554220882 2821834349 2952996808 3210313671 3336571891 3584528711 113926993 338241895 666307205 773529912 1294757372 1396182291 1695183700 1986661051 2177026350 2456956037 2730485921 2820302411 3259730800 3345764771 3516065817 3600352804 4094571909 275423344 430227734 506948616 659060556 883997877 958139571 1322822218 1537002063 1747873779 1955562222 2024104815 2227730452 2361852424 2428436474 2756734187 3204031479 3329325298", KC, " ")
  split("1779033703 3144134277 1013904242 2773480762 1359893119 2600822924 528734635 1541459225", H0, " ")
  for (i = 0; i < 16; i++) { HEX[substr("0123456789abcdef", i + 1, 1)] = i; HXD[i] = substr("0123456789abcdef", i + 1, 1) }
}
# Whether this awk computes as it must: SHA-256 of "abc".
function digestproof(i) {
  for (i = 1; i <= 8; i++) S[i] = H0[i]
  for (i = 1; i < 15; i++) W[i] = 0
  W[0] = 1633837952; W[15] = 24
  compress()
  return S[1] == 3128432319 && S[2] == 2399260650 && S[8] == 4060091821
}
# One block of 16 words W[0..15] into the state S[1..8].
function compress(t, a, b, c, d, e, f, g, h, x, y, m, n) {
  for (t = 16; t < 64; t++) {
    x = W[t - 15]; y = W[t - 2]
    m = xr(xr(turn(x, 7), turn(x, 18)), int(x / 8))
    n = xr(xr(turn(y, 17), turn(y, 19)), int(y / 1024))
    W[t] = (W[t - 16] + m + W[t - 7] + n) % 4294967296
  }
  a = S[1]; b = S[2]; c = S[3]; d = S[4]; e = S[5]; f = S[6]; g = S[7]; h = S[8]
  for (t = 0; t < 64; t++) {
    x = xr(f, g)
    m = (e + x - xr(e, x)) / 2
    n = h + xr(xr(turn(e, 6), turn(e, 11)), turn(e, 25)) + xr(g, m) + KC[t + 1] + W[t]
    x = xr(a, b)
    y = (a + b - x) / 2 + (c + x - xr(c, x)) / 2
    m = xr(xr(turn(a, 2), turn(a, 13)), turn(a, 22)) + y
    h = g; g = f; f = e; e = (d + n) % 4294967296; d = c; c = b; b = a; a = (n + m) % 4294967296
  }
  S[1] = (S[1] + a) % 4294967296; S[2] = (S[2] + b) % 4294967296; S[3] = (S[3] + c) % 4294967296
  S[4] = (S[4] + d) % 4294967296; S[5] = (S[5] + e) % 4294967296; S[6] = (S[6] + f) % 4294967296
  S[7] = (S[7] + g) % 4294967296; S[8] = (S[8] + h) % 4294967296
  BLOCKS++
}
# The state after one block of the key with `pad` in every byte.
function keystate(pad, into, i, b) {
  for (i = 1; i <= 8; i++) S[i] = H0[i]
  for (i = 0; i < 16; i++) W[i] = 0
  for (i = 0; i < 64; i++) {
    b = i < 32 ? HEX[substr(KEY, 2 * i + 1, 1)] * 16 + HEX[substr(KEY, 2 * i + 2, 1)] : 0
    W[int(i / 4)] = W[int(i / 4)] * 256 + XT[b * 256 + pad]
  }
  compress()
  for (i = 1; i <= 8; i++) into[i] = S[i]
}
# 64 hex digits, or "" where a character isn't one byte here.
function hmac(v, i, j, n, w, k, b, hex) {
  if (!KEYED) { digestready(); KEYED = digestproof() ? 1 : 2; keystate(54, IST); keystate(92, OST) }
  if (KEYED == 2) return ""
  n = length(v)
  for (i = 1; i <= 8; i++) S[i] = IST[i]
  k = 0; w = 0
  for (i = 1; i <= n; i++) {
    b = substr(v, i, 1)
    if (!(b in ORD)) return ""
    w = w * 256 + ORD[b]
    if (i % 4 == 0) { W[k++] = w; w = 0; if (k == 16) { compress(); k = 0 } }
  }
  w = w * 256 + 128; i = n + 1
  while (i % 4) { w *= 256; i++ }
  W[k++] = w
  if (k == 16) { compress(); k = 0 }
  if (k > 14) { while (k < 16) W[k++] = 0; compress(); k = 0 }
  while (k < 14) W[k++] = 0
  n = (n + 64) * 8
  W[14] = int(n / 4294967296); W[15] = n % 4294967296
  compress()
  for (i = 1; i <= 8; i++) W[i - 1] = S[i]
  W[8] = 2147483648
  for (i = 9; i < 15; i++) W[i] = 0
  W[15] = 768
  for (i = 1; i <= 8; i++) S[i] = OST[i]
  compress()
  hex = ""
  for (i = 1; i <= 8; i++) {
    w = S[i]; k = ""
    for (j = 0; j < 8; j++) { b = w % 16; k = HXD[b] k; w = (w - b) / 16 }
    hex = hex k
  }
  return hex
}
# What stands for a secret. A digest of fewer than 12 bytes could be guessed; digests beyond the budget are not made.
function token(v, d) {
  sub(/\r?\n$/, "", v)
  if (v == "") return ""
  if (KEY == "") return "TFMASK_none_"
  if (length(v) < 12) return "TFMASK_short_"
  if (v in DONE) return DONE[v]
  d = ""
  if (DIGESTS < 500 && length(v) <= 65536 && BLOCKS < 6000) { DIGESTS++; d = hmac(v) }
  if (d == "") { UNDIGESTED++; d = "none" }
  return DONE[v] = "TFMASK_" d "_"
}
