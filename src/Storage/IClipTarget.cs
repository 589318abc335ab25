namespace StreamClips.Storage;

/// <summary>A place where clips are kept: agents store there, the control plane plays and deletes.</summary>
public interface IClipTarget : IClipStorage, IClipReader;
