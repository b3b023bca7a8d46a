/* form: clang. Copies of structs that overlap in time: swaps, self-assignment, fields changed between. */
#include "program.h"

struct item { int key; char text[20]; short flags; };

KEEP static void swap(struct item *a, struct item *b) {
  struct item t = *a;
  *a = *b;
  *b = t;
}
KEEP static void copy_then_change(struct item *to, struct item *from) {
  struct item saved = *from;
  from->key = -1;
  from->text[0] = '?';
  *to = saved; /* not what from holds now */
}
KEEP static int change_then_read(struct item *one) {
  struct item saved = *one;
  one->flags = 99;
  struct item again = *one;
  return saved.flags * 1000 + again.flags;
}
KEEP static void rotate(struct item *v, int n) {
  struct item first = v[0];
  for (int i = 0; i + 1 < n; i++) v[i] = v[i + 1];
  v[n - 1] = first;
}
KEEP static void partial(struct item *v) {
  struct item blank;
  memset(&blank, 0, sizeof blank);
  blank.key = 7;
  memcpy(blank.text, v->text + 3, 5);
  *v = blank;
}
KEEP static int sum(const struct item *v, int n) {
  int total = 0;
  for (int i = 0; i < n; i++) total = total * 7 % 10007 + v[i].key + v[i].flags + v[i].text[0];
  return total;
}

int main(void) {
  struct item v[4] = {{1, "first", 10}, {2, "second", 20}, {3, "third one", 30}, {in(4), "fourth", 40}};
  swap(&v[0], &v[3]);
  swap(&v[1], &v[1]);
  out("swap", sum(v, in(4)));
  copy_then_change(&v[2], &v[0]);
  out("copy", sum(v, in(4)));
  copy_then_change(&v[1], &v[1]);
  out("itself", v[1].key * 1000 + v[1].text[0]);
  out("read", change_then_read(&v[3]));
  rotate(v, in(4));
  out("rotate", sum(v, in(4)));
  partial(&v[1]);
  printf("%d %s\n", v[1].key, v[1].text);
  out("end", sum(v, in(4)));
}
