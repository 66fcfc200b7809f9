import { cloudScenarios } from "../deploy/alerts/scenarios/all.ts";
import { rulesOn, testScenarios } from "./alert-scenarios.ts";

testScenarios(cloudScenarios, rulesOn("cloud"));
