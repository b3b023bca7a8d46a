/* Nests of which several outer rounds could be done at once, if rows did not feed later rows. */
#include "program.h"

enum { R = 12, C = 10 };
static short m[R][C];
static int sums[R], list[R * C];

KEEP static void fill(void) {
  for (int i = 0; i < R; i++)
    for (int j = 0; j < C; j++) m[i][j] = (short)in(i * 17 % 23 + j);
}
KEEP static void shifted(int n) {
  for (int i = 0; i < n - 1; i++)
    for (int j = 1; j < C; j++) m[i + 1][j - 1] = m[i][j];
}
KEEP static void smooth(int n, int k) {
  for (int i = 1; i < n; i++)
    for (int j = 0; j < k; j++) m[i][j] = (short)(m[i][j] + m[i - 1][j]);
}
KEEP static void row_sums(int n, int k) {
  for (int i = 0; i < n; i++) {
    int sum = 0;
    for (int j = 0; j < k; j++) sum += m[i][j];
    sums[i] = sum;
  }
}
KEEP static int appended(int n, int k) {
  int used = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < k; j++)
      if (m[i][j] & 1) list[used++] = m[i][j]; /* in order */
  return used;
}
KEEP static void prefix(int n, int k) {
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < k; j++) sums[i] = sums[i] * 3 % 10007 + m[(i + j) % R][j];
    if (i > 0) sums[i] ^= sums[i - 1];
  }
}
KEEP static void before_and_after(int n, int k) {
  for (int i = 0; i < n; i++) {
    m[i][0] = (short)(i ? m[i - 1][C - 1] : 1);
    for (int j = 1; j < k; j++) m[i][j] = (short)(m[i][j - 1] + 1);
    m[i][C - 1] = (short)(m[i][C - 1] * 2);
  }
}
static uint32_t hash_of(void) {
  uint32_t hash = 1;
  for (int i = 0; i < R; i++) {
    hash = mix(hash, (uint32_t)sums[i]);
    for (int j = 0; j < C; j++) hash = mix(hash, (uint32_t)m[i][j]);
  }
  return hash;
}

int main(void) {
  fill();
  smooth(in(R), in(C)), out("smooth", hash_of());
  shifted(in(R)), out("shifted", hash_of());
  row_sums(in(R), in(C)), out("sums", hash_of());
  int used = appended(in(R), in(C));
  uint32_t hash = 1;
  for (int i = 0; i < used; i++) hash = mix(hash, (uint32_t)list[i]);
  out("appended", hash);
  prefix(in(R - 1), in(C)), out("prefix", hash_of());
  before_and_after(in(R), in(C)), out("before", hash_of());
}
