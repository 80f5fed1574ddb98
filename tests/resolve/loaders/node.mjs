// One line in: {tool, folder, mode}; one line out: the variables that the loader gives a program, or {error}.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import dotenv from "dotenv";
import { expand } from "dotenv-expand";
import next from "@next/env";
import { loadEnv } from "vite";

const clean = { ...process.env };
const tools = {
  // dotenv alone reads one file and expands nothing; with dotenv-expand it expands.
  dotenv: ({ folder }) => dotenv.parse(fs.readFileSync(path.join(folder, ".env"))),
  expand: ({ folder }) => expand({ parsed: dotenv.parse(fs.readFileSync(path.join(folder, ".env"))), processEnv: {} }).parsed,
  next: ({ folder, mode }) => {
    process.env = { ...clean, NODE_ENV: mode };
    next.resetEnv?.();
    const quiet = { info: () => {}, error: () => {} };
    const { combinedEnv } = next.loadEnvConfig(folder, mode !== "production", quiet, true);
    return { ...combinedEnv };
  },
  vite: ({ folder, mode }) => {
    process.env = { ...clean };
    return loadEnv(mode, folder, "");
  },
};
for await (const line of readline.createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let answer;
  try {
    answer = tools[asked.tool](asked);
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
