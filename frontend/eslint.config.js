import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

const only = (group, message) => ({
  "no-restricted-imports": ["error", { patterns: [{ regex: group, message }] }],
});

/* The floors: app > features > mail > lib. */
export default ts.config(
  { ignores: ["dist", "src/lib/api.gen.ts"] },
  ...ts.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    files: ["src/features/**"],
    rules: only(
      "^(\\.\\./(?!\\.\\./)|.*/app/)",
      "A feature knows lib/ and mail/ alone; app/ puts features together.",
    ),
  },
  { files: ["src/lib/**"], rules: only("/(app|features|mail)/", "lib/ is the ground floor.") },
  { files: ["src/mail/**"], rules: only("/(app|features)/", "mail/ stands on lib/ alone.") },
  {
    files: ["src/**"],
    ignores: ["src/lib/api.ts", "src/test/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "ImportDeclaration[source.value=/api\\.gen$/]", message: "Only lib/api.ts knows the wire." },
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Foreign HTML goes into mail/MailFrame." },
        { selector: "CallExpression[callee.name='fetch']", message: "Only lib/http.ts asks the server." },
      ],
    },
  },
  { files: ["src/lib/http.ts"], rules: { "no-restricted-syntax": "off" } },
);
