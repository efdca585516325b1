"use strict";

// Shows the OpenAPI document of this server; what is tried out carries the browser's CSRF token.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("docs");
  SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (!["GET", "HEAD"].includes(request.method)) {
        request.headers["X-CSRFToken"] = place.dataset.token;
      }
      return request;
    },
  });
});
