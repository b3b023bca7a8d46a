/* form: clang. Callbacks with a context, callbacks that register others, recursion through a pointer. */
#include "program.h"

typedef int (*visit)(void *context, int value);

KEEP static int each(const int *v, int n, visit call, void *context) {
  for (int i = 0; i < n; i++)
    if (!call(context, v[i])) return i;
  return n;
}
struct sum { long total; int most; };
static int add(void *context, int value) {
  struct sum *s = context;
  s->total += value;
  if (value > s->most) s->most = value;
  return 1;
}
static int until_negative(void *context, int value) {
  if (value < 0) return 0;
  *(int *)context = *(int *)context * 3 + value;
  return 1;
}
struct handler { void (*run)(struct handler *); int left; };
static struct handler handlers[4];
static int used, trace;
static void tick(struct handler *h) { trace = trace * 7 % 10007 + h->left; }
static void spawn(struct handler *h) {
  tick(h);
  if (used < 4) handlers[used++] = (struct handler){h->left & 1 ? tick : spawn, h->left + 1};
}
KEEP static void run_all(void) {
  for (int i = 0; i < used; i++)
    while (handlers[i].left-- > 0) handlers[i].run(&handlers[i]);
}
KEEP static int fix(int (*self)(void *, int), int n) { return self((void *)&self, n); }
static int fibonacci(void *self, int n) {
  int (**again)(void *, int) = (int (**)(void *, int))self;
  return n < 2 ? n : (*again)(self, n - 1) + (*again)(self, n - 2);
}

int main(void) {
  const int v[] = {3, 1, 4, -1, 5};
  struct sum s = {0, -100};
  out("each", each(v, in(5), add, &s));
  out("sum", s.total * 100 + s.most);
  int seen = 0;
  out("each", each(v, in(5), until_negative, &seen));
  out("seen", seen);
  handlers[used++] = (struct handler){spawn, in(2)};
  run_all();
  out("trace", trace);
  out("used", used);
  out("fibonacci", fix(fibonacci, in(9)));
}
