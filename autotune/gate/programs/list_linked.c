/* form: clang. Lists on the heap: double links, a queue, a merge sort, freeing. */
#include "program.h"

struct item { struct item *next, *previous; int value; };
struct list { struct item head; int length; };

static void init(struct list *l) { l->head.next = l->head.previous = &l->head, l->length = 0; }
KEEP static void push(struct list *l, int value, int front) {
  struct item *one = malloc(sizeof *one), *after = front ? &l->head : l->head.previous;
  one->value = value;
  one->next = after->next;
  one->previous = after;
  after->next->previous = one;
  after->next = one;
  l->length++;
}
KEEP static int pop(struct list *l, int front) {
  struct item *one = front ? l->head.next : l->head.previous;
  if (one == &l->head) return -1;
  int value = one->value;
  one->previous->next = one->next;
  one->next->previous = one->previous;
  free(one);
  l->length--;
  return value;
}
KEEP static uint32_t walk(const struct list *l, int back) {
  uint32_t hash = (uint32_t)l->length;
  for (const struct item *one = back ? l->head.previous : l->head.next; one != &l->head; one = back ? one->previous : one->next)
    hash = mix(hash, (uint32_t)one->value);
  return hash;
}
struct simple { struct simple *next; int value; };
static struct simple *merge(struct simple *a, struct simple *b) {
  struct simple *first = NULL, **end = &first;
  while (a && b) {
    struct simple **from = b->value < a->value ? &b : &a;
    *end = *from;
    end = &(*from)->next;
    *from = *end;
  }
  *end = a ? a : b;
  return first;
}
KEEP static struct simple *sort(struct simple *list) {
  if (!list || !list->next) return list;
  struct simple *slow = list, *fast = list->next;
  while (fast && fast->next) slow = slow->next, fast = fast->next->next;
  struct simple *rest = slow->next;
  slow->next = NULL;
  return merge(sort(list), sort(rest));
}

int main(void) {
  struct list l;
  init(&l);
  for (int i = 0; i < 12; i++) push(&l, in(i * 5 % 13), in(i) % 3 == 0);
  out("walk", walk(&l, in(0)));
  out("walk", walk(&l, in(1)));
  for (int i = 0; i < 5; i++) out("pop", pop(&l, in(i) & 1));
  out("walk", walk(&l, in(1)));
  while (l.length) pop(&l, in(1));
  out("empty", pop(&l, in(0)));
  struct simple nodes[10], *sorted;
  for (int i = 0; i < 10; i++) nodes[i] = (struct simple){i < 9 ? &nodes[i + 1] : NULL, in(i * 7 % 11)};
  sorted = sort(nodes);
  for (; sorted; sorted = sorted->next) printf("%d ", sorted->value);
  putchar('\n');
}
