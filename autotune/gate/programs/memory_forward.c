/* form: clang. Copies that could be left out: call slots, by-value arguments, results built in temporaries. */
#include "program.h"

struct big { int v[12]; };
static struct big saved;

KEEP static struct big make(int x) {
  struct big b;
  for (int i = 0; i < 12; i++) b.v[i] = x * i;
  return b;
}
KEEP static struct big from_saved(int x) {
  struct big b = saved;
  saved.v[3] = -1; /* b keeps the old one */
  b.v[0] = x;
  return b;
}
KEEP static int by_value(struct big b, struct big *same) {
  same->v[1] = 1000;
  return b.v[1];
}
KEEP static void build_into(struct big *to, const struct big *old) {
  struct big t = make(2);
  t.v[5] += old->v[5]; /* to and old may be the same */
  *to = t;
}
KEEP static void init(struct big *to, int x) {
  for (int i = 0; i < 12; i++) to->v[i] = i + x;
}
KEEP static int slot(struct big *to) {
  struct big t;
  init(&t, 5);
  int early = to->v[2]; /* before it is overwritten */
  *to = t;
  t.v[2] = 77;
  return early * 1000 + to->v[2];
}
KEEP static int zero_then(struct big *to, int n) {
  struct big t;
  memset(&t, 0, sizeof t);
  t.v[n] = 9;
  memcpy(to, &t, sizeof t);
  memset(t.v, 1, sizeof(int) * 2);
  return to->v[0] + to->v[n] * 10 + (t.v[1] & 3);
}
KEEP static int moved(struct big *b, int from, int to) {
  memmove(&b->v[to], &b->v[from], 5 * sizeof(int));
  struct big c;
  memcpy(&c, b, sizeof c);
  b->v[to] = 500;
  return c.v[to] + c.v[to + 4];
}
KEEP static int text(char *to, const char *a) {
  char t[16];
  strcpy(t, a);
  t[0] = 'X';
  strcpy(to, t);
  return a[0] * 1000 + to[0] + (int)strlen(to);
}
static int sum(const struct big *b) {
  int total = 0;
  for (int i = 0; i < 12; i++) total = total * 3 % 10007 + b->v[i];
  return total;
}

int main(void) {
  struct big a = make(in(3)), b;
  saved = a;
  b = from_saved(in(8));
  out("saved", sum(&b) * 10000 + sum(&saved));
  out("value", by_value(a, &a) * 10000 + a.v[1]);
  build_into(&a, &a);
  out("into", sum(&a));
  out("slot", slot(&a) + sum(&a));
  out("zero", zero_then(&b, in(7)));
  init(&b, in(1));
  out("moved", moved(&b, in(2), in(4)) * 10000 + sum(&b));
  b = a = make(in(1));
  a.v[0] = 5;
  out("chain", sum(&a) - sum(&b));
  char word[16] = "word";
  out("text", text(word, word));
}
