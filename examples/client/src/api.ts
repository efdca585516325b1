// The API of Nexus as this client uses it: typed by the OpenAPI document, signed in by tokens.

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

export type Product = components["schemas"]["ProductSummary"];
export type Cart = components["schemas"]["Cart"];
export type Order = components["schemas"]["Order"];
export type Problem = components["schemas"]["Problem"];
type Tokens = components["schemas"]["Tokens"];

// The URL of this page can set the server: ?server=http://127.0.0.1:8000
const server = new URLSearchParams(location.search).get("server") ?? "http://127.0.0.1:8000";

const api = createClient<paths>({ baseUrl: server });

// In memory only: any script of this origin could read localStorage.
let tokens: Tokens | null = null;
let renewing: Promise<boolean> | null = null;

const signed: Middleware = {
  onRequest({ request }) {
    if (tokens) request.headers.set("Authorization", `Bearer ${tokens.access}`);
    return request;
  },
};
api.use(signed);

/** An error response; its message is the server's. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

type Result<T> = { data?: T; error?: unknown; response: Response };

/** Send a request, and repeat it with new tokens if the access token has expired. */
async function request<T>(send: () => Promise<Result<T>>): Promise<T> {
  let result = await send();
  if (result.response.status === 401 && tokens && (await renew())) result = await send();
  if (result.response.ok) return result.data as T;
  throw new ApiError(result.error as Problem);
}

/** Exchange the refresh token. It works once, so concurrent callers share one exchange. */
async function renew(): Promise<boolean> {
  renewing ??= (async () => {
    const refresh = tokens?.refresh ?? "";
    tokens = null;
    const { data } = await api.POST("/api/v1/accounts/refresh/", { body: { refresh } });
    tokens = data ?? null;
    return tokens !== null;
  })().finally(() => {
    renewing = null;
  });
  return renewing;
}

export async function logIn(email: string, password: string): Promise<void> {
  tokens = await request(() => api.POST("/api/v1/accounts/log-in/", { body: { email, password } }));
}

export async function logOut(): Promise<void> {
  const refresh = tokens?.refresh;
  tokens = null;
  if (refresh) await request(() => api.POST("/api/v1/accounts/log-out/", { body: { refresh } }));
}

export async function findProducts(q: string, after?: string) {
  const query = { in_stock: true, limit: 12, ...(q && { q }), ...(after && { after }) };
  return request(() => api.GET("/api/v1/products/", { params: { query } }));
}

export async function readCart(): Promise<Cart> {
  return request(() => api.GET("/api/v1/cart/"));
}

export async function addToCart(product: number): Promise<Cart> {
  return request(() => api.POST("/api/v1/cart/lines/", { body: { product, quantity: 1 } }));
}

/** One key for each order: a double click, or a retry after a lost response, stays one order. */
export function newKey(): string {
  return `"${crypto.randomUUID()}"`;
}

export async function checkOut(
  body: components["schemas"]["CheckoutInputRequest"],
  key: string,
): Promise<Order> {
  const params = { header: { "Idempotency-Key": key } };
  return request(() => api.POST("/api/v1/checkout/", { body, params }));
}

export async function startPayment(order: number, key: string) {
  const params = { path: { order_id: order }, header: { "Idempotency-Key": key } };
  return request(() => api.POST("/api/v1/orders/{order_id}/payments/", { params }));
}

export async function readOrder(order: number): Promise<Order> {
  return request(() => api.GET("/api/v1/orders/{order_id}/", { params: { path: { order_id: order } } }));
}
