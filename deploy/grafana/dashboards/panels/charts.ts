import { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimeline } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";

// The forms that several panels share.

/** What the last value of each series is. */
export function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false);
}

/** One number. No data says so, and is never a 0. */
export function bigNumber(): Stat {
  return new Stat()
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .noValue("no data")
    .reduceOptions(lastValue());
}

/** A bar for each series, from its last value. */
export function bars(): BarGauge {
  return new BarGauge()
    .displayMode(BarGaugeDisplayMode.Basic)
    .orientation(VizOrientation.Horizontal)
    .noValue("no data")
    .reduceOptions(lastValue());
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
}

/** Lines over time, with all values of a moment in the tooltip. */
export function lines(): TimeSeries {
  return new TimeSeries()
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
}

/** Each bar counts its own stretch of time, `$__interval`, and several scrapes fall into it. */
export const barInterval = "2m";

/** Steps of panels that tell of nights, and of weeks. */
export const aDay = "1d";
export const aWeek = "1w";

interface Coloured {
  overrideByName(name: string, properties: DynamicConfigValue[]): this;
}

/** Gives series their colours by the names that the legend shows. */
export function coloured<P extends Coloured>(panel: P, names: readonly (readonly [name: string, colour: string])[]): P {
  for (const [name, fixedColor] of names)
    panel.overrideByName(name, [{ id: "color", value: { mode: "fixed", fixedColor } }]);
  return panel;
}

/** How often something happened, stacked. */
export function stackedBars(): TimeSeries {
  return lines()
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(60)
    .min(0)
    .interval(barInterval)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
}

/** A row of colours for each series, by the pageful. */
export function lanes(): StateTimeline {
  return new StateTimeline()
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.8)
    .perPage(20)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.Hidden).showLegend(false).calcs([]));
}
