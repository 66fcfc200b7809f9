import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";

// Properties of a table's column.

export const value = (id: string, of: unknown): DynamicConfigValue => ({ id, value: of });
export const unit = (name: string): DynamicConfigValue => value("unit", name);
export const width = (pixels: number): DynamicConfigValue => value("custom.width", pixels);
export const cell = (type: string, more: object = {}): DynamicConfigValue =>
  value("custom.cellOptions", { type, ...more });
