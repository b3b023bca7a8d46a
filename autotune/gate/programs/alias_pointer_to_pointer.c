/* Pointers to pointers: lists edited in place, swaps of pointers, tables that point into tables. */
#include "program.h"

struct node { struct node *next; int value; };

KEEP static void insert(struct node **at, struct node *one) {
  while (*at && (*at)->value < one->value) at = &(*at)->next;
  one->next = *at;
  *at = one;
}
KEEP static int remove_if(struct node **at, int divisor) {
  int removed = 0;
  while (*at) {
    if ((*at)->value % divisor == 0) *at = (*at)->next, removed++;
    else at = &(*at)->next;
  }
  return removed;
}
KEEP static struct node *reversed(struct node *from) {
  struct node *to = NULL;
  while (from) {
    struct node *next = from->next;
    from->next = to;
    to = from;
    from = next;
  }
  return to;
}
KEEP static void swap(int **a, int **b) {
  int *t = *a;
  *a = *b;
  *b = t;
}
KEEP static int retarget(int ***ppp, int **other) {
  ***ppp = 1;
  *ppp = other;
  ***ppp = 2;
  **other += 10;
  return ***ppp;
}
static int sum(const struct node *one) {
  int total = 0;
  for (; one; one = one->next) total = total * 3 % 10007 + one->value;
  return total;
}

int main(void) {
  struct node nodes[8], *list = NULL;
  const int order[] = {5, 2, 8, 1, 9, 3, 6, 4};
  for (int i = 0; i < 8; i++) {
    nodes[i].value = in(order[i]);
    insert(&list, &nodes[i]);
  }
  out("sorted", sum(list));
  out("removed", remove_if(&list, in(3)));
  list = reversed(list);
  out("reversed", sum(list));
  out("removed", remove_if(&list, in(2)));
  out("left", sum(list));
  int x = 100, y = 200, *p = &x, *q = &y, **pp = &p;
  swap(&p, &q);
  out("swap", *p * 1000 + *q);
  swap(&p, &p);
  out("retarget", retarget(&pp, &q));
  out("values", x * 1000 + y);
}
