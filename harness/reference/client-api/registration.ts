/** Who may register: everybody, who knows a token, or nobody. */
export type Registration =
  | { readonly kind: 'open' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'closed' }
