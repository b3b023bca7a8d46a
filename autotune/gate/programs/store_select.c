/* Stores and loads through one of several pointers, which only the run decides. */
#include "program.h"

struct pair { int a, b; };
static int global = 5;

KEEP static void either(int *p, int *q, int c) { *(c ? p : q) = 1; }
KEEP static void both(int *p, int *q, int c) {
  int *first = c & 1 ? p : q, *second = c & 1 ? q : p;
  *first = 3;
  *second = 4;
}
KEEP static int larger(int *p, int *q) {
  int *at = *p > *q ? p : q;
  int old = *at;
  *at = old * 2;
  return old;
}
KEEP static void maybe(int *p) { *(p ? p : &global) += 7; }
KEEP static void of_three(int *p, int *q, int *r, int which) {
  int *at = which == 0 ? p : which == 1 ? q : r;
  at[0] = at[0] * 10 + which;
}
KEEP static void field(struct pair *x, struct pair *y, int c) {
  struct pair *at = c > 1 ? x : y;
  (c & 1 ? &at->a : &at->b)[0] = c;
}
KEEP static void walk(int *p, int *q, int n) {
  for (int i = 0; i < n; i++) {
    int *at = i % 3 ? p : q;
    *at += i;
    p = at;
  }
}
KEEP static void fill(char *p, char *q, int n, int c) { memset(c ? p : q, c ? 'x' : 'y', (size_t)n); }

int main(void) {
  int x = 7, y = 8, z = 9;
  either(&x, &y, in(1)), out("either", x * 10 + y);
  either(&x, &y, in(0)), out("either", x * 10 + y);
  both(&x, &y, in(1)), out("both", x * 10 + y);
  both(&x, &y, in(2)), out("both", x * 10 + y);
  int old = larger(&x, &y);
  out("larger", old * 100 + x * 10 + y);
  maybe(in(1) ? &x : NULL), maybe(in(0) ? &x : NULL), out("maybe", x * 100 + global);
  for (int which = 0; which < 3; which++) of_three(&x, &y, &z, in(which));
  out("three", x * 10000 + y * 100 + z);
  struct pair one = {1, 2}, two = {3, 4};
  for (int c = 0; c < 4; c++) field(&one, &two, in(c));
  out("field", one.a * 1000 + one.b * 100 + two.a * 10 + two.b);
  walk(&x, &y, in(6)), out("walk", x * 1000 + y);
  char a[4] = "abc", b[4] = "def";
  fill(a, b, in(2), in(1)), fill(a, b, in(1), in(0));
  printf("%s %s\n", a, b);
}
