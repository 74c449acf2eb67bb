// Requests to our own service: JSON, and server-sent events over POST.
import { t } from "./words.js";

const csrf = document.querySelector('meta[name="csrf"]').content;

async function problemOf(response) {
  if (response.status === 401) location.assign("/sign-in");
  try {
    return await response.json();
  } catch {
    return { code: `HTTP ${response.status}`, message: t("error.E-CRM") };
  }
}

/** Call a JSON route; throws the problem it answers with. */
export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { "content-type": "application/json", "x-csrf-token": csrf },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw { code: "", message: t("offline") };
  }
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}

function parse(block) {
  const event = { name: "message", data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event.name = line.slice(6).trim();
    if (line.startsWith("data:")) event.data += line.slice(5).trimStart();
  }
  return event;
}

/** Run a turn: `onProgress(step)` while it works; returns the whole turn or throws the problem. */
export async function turn(path, body, onProgress) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", "x-csrf-token": csrf },
      body: JSON.stringify(body),
    });
  } catch {
    throw { code: "", message: t("offline") };
  }
  if (!response.ok) throw await problemOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      rest += value;
      const blocks = rest.split("\n\n");
      rest = blocks.pop();
      for (const event of blocks.map(parse)) {
        if (event.name === "progress") onProgress(JSON.parse(event.data));
        if (event.name === "done") return JSON.parse(event.data);
        if (event.name === "error") throw JSON.parse(event.data);
      }
    }
  } catch (error) {
    if (error && error.message && "code" in error) throw error;
  }
  throw { code: "", message: t("lost") };
}
