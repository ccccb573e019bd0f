namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>How a publisher lays out a set.</summary>
public enum SegmentationLayout
{
    /// <summary><c>train/NAME.jpg</c> beside <c>trainannot/NAME.png</c>, <c>test/</c> beside <c>testannot/</c>.</summary>
    Camvid,

    /// <summary><c>images/{training,validation}/NAME.jpg</c>, <c>annotations/{training,validation}/NAME.png</c>; 0 is no class.</summary>
    Ade20k,

    /// <summary>
    /// <c>JPEGImages/NAME.jpg</c>, <c>SegmentationClass/NAME.png</c>, names in <c>ImageSets/Segmentation/{train,val}.txt</c>.
    /// </summary>
    Voc,

    /// <summary>
    /// <c>leftImg8bit/{train,val}/CITY/NAME_leftImg8bit.png</c>, <c>gtFine/{train,val}/CITY/NAME_gtFine_labelTrainIds.png</c> or
    /// <c>labelIds.png</c>, whose numbers are brought to the 19 classes.
    /// </summary>
    Cityscapes,

    /// <summary><c>{train2017,val2017}/ID.jpg</c>, <c>semantic/{train2017,val2017}/ID.png</c>; images without mask are left out.</summary>
    Coco,

    /// <summary>
    /// <c>PNGImages/NAME.png</c>, <c>PedMasks/NAME_mask.png</c>, names in <c>{train,test}.txt</c>; the background is 0, all people 1.
    /// </summary>
    PennFudan,
}
