// A small shop: log in, search for a product, add it to the cart, order it, see it paid.

import * as api from "./api.ts";

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const status = find("status");

/** Run an action of the user, and show its result or its error. */
async function report(action: () => Promise<string>): Promise<void> {
  try {
    status.textContent = await action();
  } catch (error) {
    status.textContent =
      error instanceof api.ApiError ? error.message : "The server does not respond: is it running?";
  }
}

/** Create an element with text, which is never parsed as HTML, whatever a merchant wrote. */
function create(name: string, text: string): HTMLElement {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

let nextKey: string | null = null;

async function showProducts(more: boolean): Promise<string> {
  const words = find<HTMLInputElement>("words").value;
  const after = more ? (nextKey ?? undefined) : undefined;
  const page = await api.findProducts(words, after);
  const list = find("products");
  if (!more) list.replaceChildren();
  for (const product of page.results) {
    const add = create("button", "Add to cart");
    add.setAttribute("aria-label", `Add ${product.name} to the cart`);
    add.addEventListener("click", () =>
      report(async () => {
        showCart(await api.addToCart(product.id));
        return `${product.name} is in your cart.`;
      }),
    );
    const item = create("li", `${product.name}, ${product.price} ${product.currency} `);
    item.append(add);
    list.append(item);
  }
  nextKey = page.next && new URL(page.next, location.href).searchParams.get("after");
  find("more").hidden = !nextKey;
  return page.results.length ? `${list.childElementCount} products.` : "Nothing found.";
}

function showCart(cart: api.Cart): void {
  find("lines").replaceChildren(
    ...cart.lines.map((line) => create("li", `${line.quantity} × ${line.name}, ${line.total}`)),
  );
  find("total").textContent = cart.currency ? `${cart.total} ${cart.currency}` : "nothing yet";
  find<HTMLButtonElement>("order").disabled = !cart.can_be_ordered;
}

find("log-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target as HTMLFormElement);
  void report(async () => {
    await api.logIn(String(form.get("email")), String(form.get("password")));
    find("log-in").hidden = true;
    find("signed-in").hidden = false;
    showCart(await api.readCart());
    return "You are logged in.";
  });
});

find("log-out").addEventListener("click", () =>
  report(async () => {
    await api.logOut();
    find("log-in").hidden = false;
    find("signed-in").hidden = true;
    return "You are logged out.";
  }),
);

find("search").addEventListener("submit", (event) => {
  event.preventDefault();
  void report(() => showProducts(false));
});
find("more").addEventListener("click", () => report(() => showProducts(true)));

// Used until the order exists: a second click repeats the first request.
let key = api.newKey();

find("check-out").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target as HTMLFormElement);
  void report(async () => {
    const order = await api.checkOut(
      {
        recipient: String(form.get("recipient")),
        street: String(form.get("street")),
        city: String(form.get("city")),
        country: String(form.get("country")),
      },
      key,
    );
    key = api.newKey();
    await api.startPayment(order.id, api.newKey());
    showCart(await api.readCart());
    void watch(order.id);
    return `Order ${order.number} is placed: ${order.total} ${order.currency}.`;
  });
});

/** Poll until the payment has arrived; thanks to ETags an unchanged response is cheap. */
async function watch(id: number): Promise<void> {
  for (;;) {
    const order = await api.readOrder(id);
    find("state").textContent = `Order ${order.number}: ${order.state.replaceAll("_", " ")}`;
    if (order.state !== "pending_payment") return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

void report(() => showProducts(false));
