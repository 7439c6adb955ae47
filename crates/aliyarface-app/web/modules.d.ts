declare module "*/lib/htm.js" {
  export const html: (strings: TemplateStringsArray, ...values: unknown[]) => unknown;
  export function render(tree: unknown, parent: Element): void;
  export function useRef<T>(value: T): { current: T };
  export function useState<T>(value: T): [T, (value: T) => void];
  export function useEffect(run: () => void | (() => void), on?: unknown[]): void;
}
declare module "*/lib/uplot.js" {
  export { default } from "uplot";
}
