import { taskScenarios } from "../deploy/alerts/scenarios/all.ts";
import { rulesOn, testScenarios } from "./alert-scenarios.ts";

testScenarios(taskScenarios, rulesOn("tasks"));
