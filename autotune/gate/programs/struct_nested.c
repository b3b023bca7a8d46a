/* form: clang. Structs in arrays in structs, unions, flexible arrays and pointers into the middle of them. */
#include "program.h"

struct leaf { short id; union { int number; char text[4]; float real; } u; unsigned char kind; };
struct branch { struct leaf leaves[3]; struct leaf *favourite; int used; };
struct tree { struct branch branches[2]; int order[4]; };
struct packet { unsigned length; unsigned char data[]; };

KEEP static void plant(struct tree *t, int branch, int kind, int value) {
  struct branch *b = &t->branches[branch];
  struct leaf *l = &b->leaves[b->used++];
  l->id = (short)(branch * 10 + b->used);
  l->kind = (unsigned char)kind;
  if (kind == 0) l->u.number = value;
  else if (kind == 1) memcpy(l->u.text, &value, 4);
  else l->u.real = (float)value / 4;
  if (!b->favourite || l->id > b->favourite->id) b->favourite = l;
}
KEEP static int read(const struct leaf *l) {
  switch (l->kind) {
    case 0: return l->u.number;
    case 1: return l->u.text[0] + l->u.text[3];
    default: return (int)(l->u.real / 1000);
  }
}
KEEP static unsigned sum(const struct packet *p) {
  unsigned total = p->length;
  for (unsigned i = 0; i < p->length; i++) total = total * 31 + p->data[i];
  return total;
}
KEEP static int *field(struct tree *t, int which) {
  return which < 4 ? &t->order[which] : &t->branches[which & 1].used;
}

int main(void) {
  struct tree t;
  memset(&t, 0, sizeof t);
  for (int i = 0; i < 5; i++) plant(&t, in(i) & 1, in(i) % 3, in(i * 1000 + 0x41424344));
  for (int b = 0; b < 2; b++) {
    out("favourite", t.branches[b].favourite->id);
    for (int i = 0; i < t.branches[b].used; i++) out("leaf", read(&t.branches[b].leaves[i]));
  }
  for (int which = 0; which < 6; which++) *field(&t, in(which)) += which * 5;
  out("order", t.order[0] + t.order[1] * 10 + t.order[3] * 100);
  out("used", t.branches[0].used * 100 + t.branches[1].used);
  struct packet *p = malloc(sizeof *p + 9);
  p->length = in_u(9);
  for (unsigned i = 0; i < 9; i++) p->data[i] = (unsigned char)(i * 29);
  out("packet", sum(p));
  free(p);
}
