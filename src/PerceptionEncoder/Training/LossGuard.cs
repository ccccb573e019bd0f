namespace PerceptionEncoder.Training;

/// <summary>Stops a run whose loss has left the road, while a good checkpoint is near.</summary>
/// <param name="options">What counts as diverging.</param>
/// <param name="checkpoints">The message names the last one.</param>
internal sealed class LossGuard(DivergenceOptions options, CheckpointStore checkpoints)
{
    private string Last => checkpoints.Latest()?.Path ?? "none yet";

    /// <param name="loss">Of a step that is not made yet.</param>
    /// <param name="step">Its number, from 1.</param>
    /// <exception cref="UserErrorException">The loss is not finite.</exception>
    public void DemandFinite(double loss, long step)
    {
        if (!double.IsFinite(loss))
        {
            throw new UserErrorException(
                $"The loss is {loss} at step {step}; the last good checkpoint is {Last}. Lower optimizer.learning_rate, "
                + "lengthen schedule.warmup_steps or set optimizer.clip_grad_norm, then continue with --resume --allow-changes.");
        }
    }

    /// <param name="state">After a step.</param>
    /// <exception cref="UserErrorException">The loss has been far above its lowest for too long.</exception>
    public void DemandConvergence(TrainingState state)
    {
        if (state.LossTrend is { } trend && trend.StepsAbove >= options.Patience)
        {
            throw new UserErrorException($"The loss has diverged: {trend.Smoothed:F3} at step {state.Step} on average, "
                + $"after {trend.Lowest:F3}, for {trend.StepsAbove} steps; the last checkpoint is {Last}. Lower optimizer.learning_rate "
                + "and continue from an earlier checkpoint with --resume --allow-changes, or raise run.divergence.");
        }
    }
}
