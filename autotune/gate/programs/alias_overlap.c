/* form: clang. Pointers that are the same, one element apart, or into one object by other ways. */
#include "program.h"

KEEP static int two(int *a, int *b) {
  *a = 1;
  *b = 2;
  return *a;
}
KEEP static int load_between(int *a, int *b) {
  int x = *a;
  *b = x + 1;
  int y = *a;
  *b = y + 1;
  return *a * 100 + x * 10 + y;
}
KEEP static int indexed(int *a, long i, long k) {
  a[i] = 10;
  a[k] = 20;
  return a[i] + a[k] * 3;
}
KEEP static int offset(int *a, int *b) {
  a[1] = 5;
  b[0] = 6; /* b may be a + 1 */
  a[2] = a[1] + 1;
  return a[1] * 10 + b[1];
}
KEEP static void halve(short *to, const short *from, int n) {
  for (int i = 0; i < n; i++) to[i] = (short)(from[2 * i] + from[2 * i + 1]);
}
KEEP static int wide(char *p) {
  *(volatile char *)p = 1;
  uint32_t word;
  memcpy(&word, p, 4);
  p[2] = 7;
  uint32_t again;
  memcpy(&again, p, 4);
  return (int)(again - word);
}
KEEP static int null_or(int *maybe, int *sure) {
  *sure = 3;
  if (maybe) *maybe = 4;
  return *sure;
}
KEEP static int ends(int *begin, int *end) {
  int n = 0;
  *begin = 100;
  for (; end-- != begin; n++) *end += n;
  return *begin;
}
struct list { struct list *next; int value; };
KEEP static int link(struct list *a, struct list *b) {
  b->next = NULL;
  a->next = b; /* the same node: it points to itself now */
  a->next->value = 5;
  return a->value + (a->next != NULL) * 100;
}

int main(void) {
  int v[4] = {0, 0, 0, 0}, w = 7;
  out("two", two(&v[0], &v[0]) * 10 + two(&v[0], &v[1]));
  out("load", load_between(&v[1], &v[1]) * 1000 + load_between(&v[1], &w));
  out("indexed", indexed(v, in(2), in(2)) * 1000 + indexed(v, in(2), in(3)));
  out("offset", offset(v, v + in(1)) * 1000 + offset(v, v + in(2)));
  short s[] = {1, 2, 3, 4, 5, 6, 7, 8};
  halve(s, s, in(4));
  out("halve", s[0] * 1000 + s[1] * 100 + s[2] * 10 + s[3]);
  halve(s + 1, s, in(3));
  out("halve", s[1] * 10000 + s[2] * 100 + s[3]);
  char c[4] = {9, 9, 9, 9};
  out("wide", wide(c));
  out("null", null_or(in(1) ? &w : NULL, &w) * 10 + null_or(in(0) ? &w : NULL, &w));
  out("ends", ends(v, v + in(4)));
  struct list a = {NULL, 1}, b = {NULL, 2};
  out("link", link(&a, &a) * 1000 + link(&a, &b));
}
