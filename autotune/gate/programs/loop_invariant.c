/* form: clang. What may leave a loop and what may not: loads beside stores, stores on one path, traps. */
#include "program.h"

KEEP static int reload(int *limit, int *a, int n) {
  int trips = 0;
  for (int i = 0; i < *limit && i < n; i++) {
    a[i] = i * 2; /* may be the limit itself */
    trips++;
  }
  return trips;
}
KEEP static void accumulate(int *sum, const int *a, int n) {
  for (int i = 0; i < n; i++) *sum += a[i]; /* sum may lie in a */
}
KEEP static int last_even(const int *a, int n, int *where) {
  for (int i = 0; i < n; i++)
    if (a[i] % 2 == 0) *where = i; /* not written where there is none */
  return *where;
}
KEEP static int divide(const int *a, int n, int by, int limit) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (a[i] > limit) break;
    sum += a[i] / by; /* not reached at all where the first is above the limit */
  }
  return sum;
}
KEEP static int null_ok(const int *a, int n, const int *maybe) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    sum += a[i];
    if (maybe != NULL) sum += *maybe;
  }
  return sum;
}
static int counter;
KEEP static int bump(void) { return ++counter; }
KEEP static int calls(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    int before = counter;
    sum += bump() - before + counter;
  }
  return sum;
}

int main(void) {
  int a[] = {6, 1, 2, 3, 4, 5}, where = -7;
  out("reload", reload(&a[3], a, in(6)));
  int b[] = {1, 2, 3, 4};
  accumulate(&b[1], b, in(4));
  out("accumulate", b[1]);
  int odd[] = {1, 3, 5};
  out("even", last_even(odd, in(3), &where));
  out("even", last_even(a, in(6), &where));
  out("divide", divide(odd, in(3), in(0), in(0)) + divide(a, in(6), in(2), in(9)));
  out("null", null_ok(odd, in(3), NULL) + null_ok(odd, in(3), &where));
  out("calls", calls(in(5)));
}
