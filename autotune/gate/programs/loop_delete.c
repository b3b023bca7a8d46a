/* Loops that do nothing but end, that do little but must be kept, and results used after them. */
#include "program.h"

static int hits;
static volatile int port;

KEEP static unsigned collatz(unsigned n) {
  while (n != 1) n = n & 1 ? 3 * n + 1 : n / 2;
  return n;
}
KEEP static int count_only(int n) {
  int i = 0;
  while (i * i < n) i++;
  return i;
}
KEEP static void ports(int n) {
  for (int i = 0; i < n; i++) port = i; /* each write counts */
}
KEEP static int reads(int n) {
  int i = 0;
  for (; i < n; i++) (void)port;
  return i;
}
KEEP static void fill_caller(int *a, int n) {
  for (int i = 0; i < n; i++) a[i] = n - i;
}
KEEP static void dead_then_live(int *a, int n) {
  for (int i = 0; i < n; i++) a[i] = 1;
  for (int i = 0; i < n - 1; i++) a[i] = 2; /* the last one keeps its 1 */
}
KEEP static void bump(int n) {
  for (int i = 0; i < n; i++) hits += i & 1;
}
KEEP static int search(const char *s, char c) {
  int i;
  for (i = 0; s[i] && s[i] != c; i++) continue;
  return i;
}

int main(void) {
  int a[6];
  out("collatz", collatz(in_u(27)));
  out("count", count_only(in(1000)));
  ports(in(9));
  out("port", port);
  out("reads", reads(in(5)));
  fill_caller(a, in(6));
  out("fill", a[0] * 10 + a[5]);
  dead_then_live(a, in(6));
  out("live", a[0] * 100 + a[4] * 10 + a[5]);
  bump(in(11));
  out("hits", hits);
  out("search", search("needle", (char)in('l')) * 10 + search("needle", (char)in('z')));
}
