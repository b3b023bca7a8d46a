/* form: clang. Loops with several exits: by break, by return, by goto out of two loops, by a condition inside. */
#include "program.h"

KEEP static int find(const int *a, int n, int key, int stop) {
  for (int i = 0; i < n; i++) {
    if (a[i] == key) return i;
    if (a[i] == stop) return -i - 1;
    if (a[i] > 1000) break;
  }
  return 99;
}
KEEP static int pair(const int *a, int n, int sum) {
  int tried = 0;
  for (int i = 0; i < n; i++)
    for (int k = i + 1; k < n; k++, tried++)
      if (a[i] + a[k] == sum) {
        tried += 1000 * i + 100 * k;
        goto found;
      }
  return -tried;
found:
  return tried;
}
KEEP static int consume(const char **at) {
  int value = 0, seen = 0;
  while (**at) {
    char c = *(*at)++;
    if (c == ' ' && !seen) continue;
    if (c < '0' || c > '9') break;
    value = value * 10 + c - '0';
    seen = 1;
    if (value > 5000) return -1;
  }
  return seen ? value : -2;
}
KEEP static int last(const int *a, int n) {
  int found = -1, i;
  for (i = 0; i < n; i++) {
    if (a[i] & 1) found = i;
    else if (found >= 0 && a[i] % 4 == 0) break;
  }
  return found * 10 + i;
}

int main(void) {
  int a[] = {4, 8, 15, 16, 23, 42, 2000, 7};
  out("find", find(a, in(8), in(16), in(77)));
  out("find", find(a, in(8), in(77), in(23)));
  out("find", find(a, in(8), in(7), in(77)));
  out("find", find(a, in(3), in(7), in(77)));
  out("pair", pair(a, in(8), in(39)));
  out("pair", pair(a, in(6), in(40)));
  const char *text = "  12 345,6789 0 x99";
  while (*text) out("number", consume(&text));
  out("last", last(a, in(8)));
}
