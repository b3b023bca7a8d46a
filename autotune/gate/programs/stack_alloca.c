/* form: clang. Memory of sizes known at run time: VLAs, alloca in loops, arrays of arrays, sizeof of them. */
#include <alloca.h>

#include "program.h"

KEEP static int vla(int n) {
  int v[n];
  for (int i = 0; i < n; i++) v[i] = i * i;
  int sum = 0;
  for (int i = n; i-- > 0;) sum = sum * 2 % 997 + v[i];
  return sum + (int)(sizeof v / sizeof *v) * 1000;
}
KEEP static int grid(int n, int m) {
  short g[n][m];
  for (int i = 0; i < n; i++)
    for (int k = 0; k < m; k++) g[i][k] = (short)(i * 10 + k);
  short(*row)[m] = &g[n / 2];
  return (*row)[m - 1] + g[n - 1][0] * 100 + (int)sizeof *row;
}
struct link { struct link *next; int value; };
KEEP static int chain(int n) {
  struct link *top = NULL;
  for (int i = 0; i < n; i++) {
    struct link *one = alloca(sizeof *one); /* each lives until the function returns */
    one->next = top;
    one->value = i * 3;
    top = one;
  }
  int sum = 0;
  for (; top; top = top->next) sum = sum * 5 % 1009 + top->value;
  return sum;
}
KEEP static int scoped(int n) {
  int sum = 0;
  for (int size = 1; size <= n; size++) {
    char v[size]; /* a new one in each round */
    memset(v, size, (size_t)size);
    sum += v[size - 1] * size;
  }
  return sum;
}
KEEP static int either(int n, int large) {
  char small[16], *p = large ? alloca((size_t)n) : small;
  memset(p, 'x', (size_t)(large ? n : 16));
  p[n - 1] = 0;
  return (int)strlen(p);
}
static int measure(int n, int v[static n]) { return v[0] + v[n - 1]; }

int main(void) {
  out("vla", vla(in(9)));
  out("grid", grid(in(4), in(5)));
  out("chain", chain(in(12)));
  out("scoped", scoped(in(7)));
  out("either", either(in(40), in(1)) * 100 + either(in(10), in(0)));
  int v[in(3) + 1];
  v[0] = in(8), v[3] = 9;
  out("measure", measure(in(4), v));
}
