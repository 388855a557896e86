// Parses each Mermaid text of a JSON list on standard input; prints the errors as a JSON list.
// Mermaid cleans labels with DOMPurify, which wants a browser's window before it is loaded.
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");

let input = "";
for await (const chunk of process.stdin) input += chunk;

const errors = [];
for (const text of JSON.parse(input)) {
  try {
    await mermaid.parse(text);
  } catch (error) {
    errors.push(`${error.message}\n${text}`);
  }
}
process.stdout.write(JSON.stringify(errors));
