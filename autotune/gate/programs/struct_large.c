/* form: clang. Large structs by value: hidden pointers, copies that callee and caller may not share. */
#include "program.h"

struct matrix { int cell[3][3]; };
struct record { char name[12]; long id; struct matrix m; double weight; };

KEEP static struct matrix times(struct matrix a, struct matrix b) {
  struct matrix c;
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) {
      c.cell[i][k] = 0;
      for (int n = 0; n < 3; n++) c.cell[i][k] += a.cell[i][n] * b.cell[n][k];
    }
  return c;
}
KEEP static int spoil(struct matrix m) {
  for (int i = 0; i < 3; i++) m.cell[i][i] = 0; /* the caller's stays as it was */
  return m.cell[0][1] + m.cell[2][2];
}
KEEP static struct record renamed(struct record r, char c) {
  r.name[0] = c;
  r.id++;
  r.m.cell[1][1] = -1;
  return r;
}
static struct record global;
KEEP static long through_global(struct record r) {
  global.id = 1000; /* r is a copy, also where the caller passes the global */
  global.name[0] = '!';
  return r.id + r.name[0];
}
KEEP static struct matrix pick(int first, struct matrix *a, struct matrix *b) { return first ? *a : *b; }

int main(void) {
  struct matrix a = {{{1, 2, 0}, {0, in(1), 3}, {4, 0, 1}}}, power = a;
  for (int i = 0; i < 3; i++) power = times(power, a);
  a = times(a, a); /* result over an argument */
  uint32_t hash = 1;
  for (int i = 0; i < 9; i++) hash = mix(mix(hash, (uint32_t)power.cell[i / 3][i % 3]), (uint32_t)a.cell[i / 3][i % 3]);
  out("product", hash);
  out("spoil", spoil(a) * 1000 + a.cell[0][0] * 10 + a.cell[2][2]);
  struct record r = {"record", in_64(41), a, 2.5}, s = renamed(r, 'X');
  printf("%s %ld %d, %s %ld %d\n", r.name, r.id, r.m.cell[1][1], s.name, s.id, s.m.cell[1][1]);
  global = s;
  out("global", through_global(global));
  out("global", global.id + global.name[0]);
  struct matrix picked = pick(in(0), &a, &power);
  out("picked", picked.cell[1][2]);
  r = s = renamed(s, 'Y');
  out("chain", r.id + s.name[0] + (int)r.weight);
}
