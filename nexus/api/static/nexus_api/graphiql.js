"use strict";

const FIRST_QUERY = `# The claims of the library, each with how it stands on this machine.
{
  claims(first: 5) {
    edges {
      node {
        sentence
        state
        effect
        page { title url }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("graphiql");
  const fetcher = GraphiQL.createFetcher({
    url: place.dataset.url,
    headers: { "X-CSRFToken": place.dataset.token },
  });
  ReactDOM.createRoot(place).render(
    React.createElement(GraphiQL, { fetcher, defaultQuery: FIRST_QUERY }),
  );
});
