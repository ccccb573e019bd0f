namespace PerceptionEncoder.Serialization.Features;

/// <summary>File formats that features can be written in.</summary>
internal enum FeatureFormat
{
    /// <summary>NumPy's array file, version 1.0.</summary>
    Npy,

    /// <summary>safetensors with one tensor named <c>features</c>.</summary>
    Safetensors,

    /// <summary>Parquet with the columns <c>key</c> and <c>feature</c>.</summary>
    Parquet,
}
