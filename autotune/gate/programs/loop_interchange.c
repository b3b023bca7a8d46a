/* Nests whose inner bounds, steps or conditions depend on the outer loop, and old values read ahead. */
#include "program.h"

enum { N = 8 };
static long a[N * N * 2], b[N];

KEEP static void triangular(int n) {
  for (int i = 1; i < n; i++)
    for (int j = 0; j < i; j++) a[j * N + i] += 1;
}
KEEP static void two_conditions(int n, int most) {
  for (int i = 1; i < n; i++)
    for (int j = 0; (j < i) & (j < most); j++) a[j * N + i] += 2;
}
KEEP static void outer_step(int n) {
  for (int i = 1; i < n; i++)
    for (int j = 0, k = 0; k < 12; j++, k += i) a[j % N * N + i] += 3;
}
KEEP static void read_ahead(int x, unsigned n, unsigned rounds) {
  for (unsigned m = 0; m < rounds; m++)
    for (unsigned i = 0; i + 1 < n; i++) b[i] = b[i + 1] + x;
}
KEEP static void read_behind(unsigned n, unsigned rounds) {
  for (unsigned m = 0; m < rounds; m++)
    for (unsigned i = 1; i < n; i++) b[i] += b[i - 1] * 2;
}
KEEP static long one_row(int n, int m) {
  long sum = 0;
  for (int j = 1; j < m; j++)
    for (int i = 1; i < n; i++) {
      a[N + j - 1] += a[i * N + j];
      sum = sum * 3 % 10007 + a[N + j];
    }
  return sum;
}
KEEP static long last_value(int n, int m) {
  long last = -1;
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++)
      if (a[i * N + j] % 3 == 1) last = i * 10 + j; /* the order decides */
  return last;
}
KEEP static void column_first(int n, int m) {
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++) a[i * N + j] = a[i * N + j] * 2 + i - j;
}
KEEP static void diagonal(int n) {
  for (int j = 1; j < n; j++)
    for (int i = 1; i < n; i++) a[i * N + j] = a[(i - 1) * N + j + 1] + a[i * N + j - 1];
}
KEEP static void shared_cell(int n, int m) {
  for (int j = 0; j < m; j++)
    for (int i = 0; i < n; i++) b[i & 1] = b[i & 1] * 3 % 1009 + a[i * N + j];
}

static void show(const char *name) {
  uint32_t hash = 1;
  for (int i = 0; i < COUNT(a); i++) hash = mix(hash, (uint32_t)a[i]);
  for (int i = 0; i < N; i++) hash = mix(hash, (uint32_t)b[i]);
  out(name, hash);
}

int main(void) {
  for (int i = 0; i < N; i++) b[i] = in(i + 1);
  triangular(in(N)), show("triangular");
  two_conditions(in(N), in(100)), show("two");
  outer_step(in(N)), show("step");
  column_first(in(N), in(N)), show("column");
  read_ahead(in(3), in_u(N), in_u(3)), show("ahead");
  read_behind(in_u(5), in_u(3)), show("behind");
  out("row", one_row(in(N), in(N)));
  diagonal(in(N)), show("diagonal");
  out("last", last_value(in(N), in(N)));
  shared_cell(in(N), in(N)), show("shared");
}
