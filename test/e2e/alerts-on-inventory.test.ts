import { inventoryScenarios } from "../deploy/alerts/scenarios/all.ts";
import { rulesOn, testScenarios } from "./alert-scenarios.ts";

testScenarios(inventoryScenarios, rulesOn("inventory"));
