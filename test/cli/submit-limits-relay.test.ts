import { describeSubmitLimits } from './describe-submit-limits.ts';

describeSubmitLimits('relay');
