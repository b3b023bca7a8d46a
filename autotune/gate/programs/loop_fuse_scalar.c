/* form: clang. Loops one after the other that speak through one cell: the second reads what the first left last. */
#include "program.h"

static int cell, results[10];

KEEP static void last_of_first(int n, int *to) {
  int last = -1, *p = &last;
  for (int i = 0; i < n; i++) *p = i;
  for (int j = 0; j < n; j++) to[j] = *p; /* always the last one */
}
KEEP static void through_global(int n, int *to) {
  for (int i = 0; i < n; i++) cell += i;
  for (int j = 0; j < n; j++) to[j] += cell;
}
KEEP static void second_writes(int n, int *to) {
  for (int i = 0; i < n; i++) to[i] = cell + i;
  for (int j = 0; j < n; j++) cell = j * 3;
}
KEEP static void one_element(int n, int *v) {
  for (int i = 0; i < n; i++) v[0] += v[i];
  for (int j = 1; j < n; j++) v[j] -= v[0];
}
KEEP static void reverse_second(int n, int *v) {
  for (int i = 0; i < n; i++) v[i] = i * i;
  for (int j = 0; j < n; j++) results[j] += v[n - 1 - j];
}
KEEP static int both_reduce(int n, const int *v) {
  int sum = 0, most = v[0];
  for (int i = 0; i < n; i++) sum += v[i];
  for (int i = 0; i < n; i++)
    if (v[i] * n > sum) most += v[i]; /* the whole sum is needed */
  return sum * 100 + most;
}
KEEP static void guarded(int n, int m, int *v) {
  if (n > 2)
    for (int i = 0; i < n; i++) v[i] = 5;
  if (m > 2)
    for (int j = 0; j < n; j++) v[j] += j == 0 ? v[n - 1] : 1;
}
KEEP static void ahead(int n, int *v) {
  for (int i = 0; i < n; i++) v[i] = v[i] * 2;
  for (int i = 0; i + 1 < n; i++) v[i] += v[i + 1];
}
/* The same with pointers that promise to be different, and loops that run at least once. */
KEEP static void cell_then_all(int *restrict p, int *restrict to, int n) {
  int i = 0, j = 0;
  do *p = i;
  while (++i != n);
  do to[j] = *p;
  while (++j != n);
}
KEEP static void sum_then_all(int *restrict p, const int *restrict from, int *restrict to, int n) {
  int i = 0, j = 0;
  do *p += from[i];
  while (++i < n);
  do to[j] = from[j] * 10 + *p;
  while (++j < n);
}
KEEP static void far_cell(int *restrict v, int *restrict to, int n) {
  int i = 0, j = 0;
  do v[i] = i * 7;
  while (++i != n);
  do to[j] = v[n - 1] + v[0];
  while (++j != n);
}
KEEP static int all_then_cell(int *restrict p, int *restrict to, int n) {
  int i = 0, j = 0, sum = 0;
  do to[i] = *p + i;
  while (++i != n);
  do sum += *p, *p = j;
  while (++j != n);
  return sum;
}

static void show(const char *name, const int *v) {
  uint32_t hash = 1;
  for (int i = 0; i < 10; i++) hash = mix(hash, (uint32_t)v[i]);
  out(name, hash);
}

int main(void) {
  int v[10];
  last_of_first(in(10), v), show("last", v);
  through_global(in(10), v), show("global", v);
  second_writes(in(10), v), show("second", v);
  out("cell", cell);
  one_element(in(10), v), show("element", v);
  reverse_second(in(10), v), show("reverse", results);
  out("both", both_reduce(in(10), v));
  guarded(in(10), in(3), v), show("guarded", v);
  guarded(in(10), in(1), v), show("guarded", v);
  ahead(in(10), v), show("ahead", v);
  int one = in(3);
  cell_then_all(&one, v, in(10)), show("cell", v);
  sum_then_all(&one, results, v, in(10)), show("sum", v);
  far_cell(results, v, in(10)), show("far", v);
  out("all", all_then_cell(&one, v, in(10)));
  show("all", v);
}
