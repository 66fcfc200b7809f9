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
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
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

/** How often something happened, stacked. */
export function stackedBars(): TimeSeries {
  return lines()
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(60)
    .min(0)
    .interval(barInterval)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
}
