namespace PerceptionEncoder.Training.Reports;

/// <summary>How a run stands when its report is written.</summary>
internal enum RunStatus
{
    /// <summary>Still training.</summary>
    Running,

    /// <summary>Trained to the end.</summary>
    Finished,

    /// <summary>Stopped by the user; can be resumed.</summary>
    Interrupted,

    /// <summary>Stopped by an error.</summary>
    Failed,
}
