/* form: clang. Locals of disjoint scopes that may share memory, and pointers between live ones. */
#include "program.h"

static int total;
KEEP static void use(int *p, int n) {
  for (int i = 0; i < n; i++) total = total * 3 % 10007 + p[i]++;
}
KEEP static int scopes(int c) {
  int result = 0;
  if (c & 1) {
    int a[4] = {1, 2, 3, 4};
    use(a, 4);
    result += a[3];
  } else {
    int b[4] = {5, 6, 7, 8};
    use(b, 3);
    result -= b[0];
  }
  {
    int d[2] = {c, c + 1};
    use(d, 2);
    result = result * 10 + d[1];
  }
  return result;
}
KEEP static int per_round(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    int fresh[3]; /* new in each round */
    fresh[0] = i;
    fresh[1] = i * 2;
    fresh[2] = sum;
    use(fresh, 3);
    sum += fresh[2] - fresh[0];
  }
  return sum;
}
KEEP static int outlives(int n) {
  int kept[3] = {0}, *p = kept;
  for (int i = 0; i < n; i++) {
    int t[2] = {i, i + 10};
    use(t, 2);
    *p++ = t[i & 1];
    if (p == kept + 3) p = kept;
  }
  return kept[0] * 10000 + kept[1] * 100 + kept[2];
}
KEEP static int again(int n) {
  int tries = 0, value;
retry:;
  int here = tries * 7;
  use(&here, 1);
  value = here;
  if (++tries < n) goto retry;
  return value * 10 + tries;
}
struct node { struct node *up; int value; };
KEEP static int frames(struct node *up, int n) {
  struct node here = {up, n};
  if (n > 0) return frames(&here, n - 1);
  int sum = 0;
  for (struct node *p = &here; p; p = p->up) sum = sum * 4 + p->value;
  return sum;
}
static inline int inlined(int x) {
  int v[4];
  for (int i = 0; i < 4; i++) v[i] = x + i;
  use(v, 4);
  return v[0] + v[3];
}

int main(void) {
  out("scopes", scopes(in(1)) * 1000 + scopes(in(2)));
  out("round", per_round(in(5)));
  out("outlives", outlives(in(7)));
  out("again", again(in(4)));
  out("frames", frames(NULL, in(6)));
  out("inlined", inlined(in(1)) * 100 + inlined(in(2)) + inlined(total & 7));
  out("total", total);
}
