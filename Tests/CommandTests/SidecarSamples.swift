/// Sidecars as darktable 4, digiKam 8 and Lightroom Classic write them: the same properties, forms and prefixes.
enum SidecarSamples {
  /// The sidecar of the program `number % 3` for the photo `name`.
  static func sample(_ number: Int, of name: String) -> String {
    switch number % 3 {
    case 0: darktable(name, number)
    case 1: digiKam(name, number)
    default: lightroom(name, number)
    }
  }

  static func darktable(_ name: String, _ number: Int = 0) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
     <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
        xmlns:exif="http://ns.adobe.com/exif/1.0/"
        xmlns:xmp="http://ns.adobe.com/xap/1.0/"
        xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
        xmlns:darktable="http://darktable.sf.net/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
       exif:DateTimeOriginal="2023:08:1\(number % 10) 10:11:12.000"
       xmp:Rating="\(number % 6)"
       xmpMM:DerivedFrom="\(name)"
       darktable:import_timestamp="63827434272000000"
       darktable:change_timestamp="63827434299000000"
       darktable:xmp_version="5"
       darktable:raw_params="0"
       darktable:auto_presets_applied="1"
       darktable:history_end="2"
       darktable:iop_order_version="4">
       <darktable:colorlabels>
        <rdf:Seq>
         <rdf:li>\(number % 5)</rdf:li>
        </rdf:Seq>
       </darktable:colorlabels>
       <darktable:masks_history>
        <rdf:Seq/>
       </darktable:masks_history>
       <darktable:history>
        <rdf:Seq>
         <rdf:li
          darktable:num="0"
          darktable:operation="exposure"
          darktable:enabled="1"
          darktable:modversion="6"
          darktable:params="00000000000080b9\(1000 + number)00004842000080c00100000001000000"
          darktable:multi_name=""
          darktable:multi_priority="0"
          darktable:blendop_version="13"
          darktable:blendop_params="gz08eJxjYGBgYAFiCQYYOOEEIjd6dmXCRFgZ0AWYoBoS4GwYYMGiBwD+ewU="/>
         <rdf:li
          darktable:num="1"
          darktable:operation="filmicrgb"
          darktable:enabled="1"
          darktable:modversion="5"
          darktable:params="gz09eJxjYPjgwMBQYM/AUG/PwNBgz8Bw\(number)Qg=="
          darktable:multi_name="&lt;mine&gt;"
          darktable:multi_priority="0"/>
        </rdf:Seq>
       </darktable:history>
       <dc:subject>
        <rdf:Bag>
         <rdf:li>darktable</rdf:li>
         <rdf:li>holiday \(number % 4)</rdf:li>
        </rdf:Bag>
       </dc:subject>
       <lr:hierarchicalSubject>
        <rdf:Bag>
         <rdf:li>darktable|format|jpg</rdf:li>
         <rdf:li>Events|holiday \(number % 4)</rdf:li>
        </rdf:Bag>
       </lr:hierarchicalSubject>
       <dc:title>
        <rdf:Alt>
         <rdf:li xml:lang="x-default">Caf\u{e9} \(number)</rdf:li>
        </rdf:Alt>
       </dc:title>
      </rdf:Description>
     </rdf:RDF>
    </x:xmpmeta>

    """
  }

  /// With a face that the user has named, as MWG and as Microsoft's region, and with texts in two languages.
  static func digiKam(_ name: String, _ number: Int = 0) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
     <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
        xmlns:xmp="http://ns.adobe.com/xap/1.0/"
        xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"
        xmlns:MP="http://ns.microsoft.com/photo/1.2/"
        xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
        xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"
        xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/"
        xmlns:digiKam="http://www.digikam.org/ns/1.0/"
        xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
        xmlns:exif="http://ns.adobe.com/exif/1.0/"
        xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
        xmlns:mediapro="http://ns.iview-multimedia.com/mediapro/1.0/"
        xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
        xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
        xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
       xmp:Rating="\(number % 6)"
       xmp:CreatorTool="digiKam-8.1.0"
       xmp:CreateDate="2022-03-04T05:06:07"
       xmp:ModifyDate="2023-03-04T05:06:07"
       MicrosoftPhoto:Rating="75"
       acdsee:rating="4"
       acdsee:categories="&lt;Categories&gt;&lt;Category Assigned=&quot;1&quot;&gt;sea \(number)&lt;/Category&gt;&lt;/Categories&gt;"
       digiKam:ColorLabel="\(number % 10)"
       digiKam:PickLabel="3"
       digiKam:ImageUniqueID="8c7a\(number)"
       tiff:Orientation="1"
       tiff:Software="digiKam-8.1.0"
       tiff:DateTime="2023-03-04T05:06:07"
       exif:DateTimeOriginal="2022-03-04T05:06:07"
       exif:DateTimeDigitized="2022-03-04T05:06:07"
       photoshop:DateCreated="2022-03-04T05:06:07">
       <digiKam:TagsList>
        <rdf:Seq>
         <rdf:li>Places/sea \(number)</rdf:li>
         <rdf:li>People/Grace</rdf:li>
        </rdf:Seq>
       </digiKam:TagsList>
       <MicrosoftPhoto:LastKeywordXMP>
        <rdf:Bag>
         <rdf:li>Places/sea \(number)</rdf:li>
         <rdf:li>People/Grace</rdf:li>
        </rdf:Bag>
       </MicrosoftPhoto:LastKeywordXMP>
       <mediapro:CatalogSets>
        <rdf:Bag>
         <rdf:li>Places|sea \(number)</rdf:li>
        </rdf:Bag>
       </mediapro:CatalogSets>
       <lr:hierarchicalSubject>
        <rdf:Bag>
         <rdf:li>Places|sea \(number)</rdf:li>
         <rdf:li>People|Grace</rdf:li>
        </rdf:Bag>
       </lr:hierarchicalSubject>
       <dc:subject>
        <rdf:Bag>
         <rdf:li>sea \(number)</rdf:li>
         <rdf:li>Grace</rdf:li>
        </rdf:Bag>
       </dc:subject>
       <dc:description>
        <rdf:Alt>
         <rdf:li xml:lang="x-default">At the sea, \(number)</rdf:li>
         <rdf:li xml:lang="de-DE">Am Meer</rdf:li>
        </rdf:Alt>
       </dc:description>
       <tiff:ImageDescription>
        <rdf:Alt>
         <rdf:li xml:lang="x-default">At the sea, \(number)</rdf:li>
        </rdf:Alt>
       </tiff:ImageDescription>
       <exif:UserComment>
        <rdf:Alt>
         <rdf:li xml:lang="x-default">At the sea, \(number)</rdf:li>
        </rdf:Alt>
       </exif:UserComment>
       <digiKam:CaptionsAuthorNames>
        <rdf:Alt>
         <rdf:li xml:lang="x-default">ada</rdf:li>
        </rdf:Alt>
       </digiKam:CaptionsAuthorNames>
       <mwg-rs:Regions rdf:parseType="Resource">
        <mwg-rs:AppliedToDimensions
         stDim:w="640"
         stDim:h="480"
         stDim:unit="pixel"/>
        <mwg-rs:RegionList>
         <rdf:Bag>
          <rdf:li>
           <rdf:Description
            mwg-rs:Name="Grace"
            mwg-rs:Type="Face">
           <mwg-rs:Area
            stArea:x="0.25"
            stArea:y="0.3"
            stArea:w="0.1"
            stArea:h="0.2"
            stArea:unit="normalized"/>
           </rdf:Description>
          </rdf:li>
         </rdf:Bag>
        </mwg-rs:RegionList>
       </mwg-rs:Regions>
       <MP:RegionInfo rdf:parseType="Resource">
        <MPRI:Regions>
         <rdf:Bag>
          <rdf:li
           MPReg:PersonDisplayName="Grace"
           MPReg:Rectangle="0.2, 0.2, 0.1, 0.2"/>
         </rdf:Bag>
        </MPRI:Regions>
       </MP:RegionInfo>
      </rdf:Description>
     </rdf:RDF>
    </x:xmpmeta>
    """
  }

  /// Flat keywords alone, develop settings with a curve and a mask, and the history of the file.
  static func lightroom(_ name: String, _ number: Int = 0) -> String {
    """
    <x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000 1.000000, 0000/00/00-00:00:00        ">
     <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
        xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
        xmlns:exif="http://ns.adobe.com/exif/1.0/"
        xmlns:xmp="http://ns.adobe.com/xap/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
        xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
        xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
        xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
        xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
       tiff:Make="NIKON CORPORATION"
       tiff:Model="NIKON D750"
       tiff:Orientation="1"
       exif:ExifVersion="0230"
       exif:FNumber="56/10"
       xmp:ModifyDate="2021-05-06T07:08:09.10"
       xmp:CreateDate="2021-05-06T07:08:09.10"
       xmp:MetadataDate="2021-06-06T07:08:09+02:00"
       xmp:Rating="\(number % 6)"
       xmp:Label="Green"
       aux:Lens="24.0-120.0 mm f/4.0"
       photoshop:DateCreated="2021-05-06T07:08:09.10Z"
       photoshop:SidecarForExtension="JPG"
       xmpMM:DocumentID="xmp.did:0\(number)"
       xmpMM:OriginalDocumentID="2E4B0F"
       xmpMM:InstanceID="xmp.iid:1\(number)"
       crs:Version="15.4"
       crs:ProcessVersion="11.0"
       crs:Exposure2012="+0.\(10 + number)"
       crs:Contrast2012="-12"
       crs:HasSettings="True"
       crs:RawFileName="\(name)">
       <exif:ISOSpeedRatings>
        <rdf:Seq>
         <rdf:li>200</rdf:li>
        </rdf:Seq>
       </exif:ISOSpeedRatings>
       <exif:Flash
        exif:Fired="False"
        exif:Return="0"
        exif:Mode="2"
        exif:Function="False"
        exif:RedEyeMode="False"/>
       <dc:format>image/jpeg</dc:format>
       <dc:creator>
        <rdf:Seq>
         <rdf:li>Ada</rdf:li>
        </rdf:Seq>
       </dc:creator>
       <dc:subject>
        <rdf:Bag>
         <rdf:li>garden \(number)</rdf:li>
         <rdf:li>Tabby</rdf:li>
        </rdf:Bag>
       </dc:subject>
       <xmpMM:History>
        <rdf:Seq>
         <rdf:li
          stEvt:action="saved"
          stEvt:instanceID="xmp.iid:1\(number)"
          stEvt:when="2021-06-06T07:08:09+02:00"
          stEvt:softwareAgent="Adobe Photoshop Lightroom Classic 11.4 (Macintosh)"
          stEvt:changed="/metadata"/>
        </rdf:Seq>
       </xmpMM:History>
       <crs:ToneCurvePV2012>
        <rdf:Seq>
         <rdf:li>0, 0</rdf:li>
         <rdf:li>255, 255</rdf:li>
        </rdf:Seq>
       </crs:ToneCurvePV2012>
       <crs:MaskGroupBasedCorrections>
        <rdf:Seq>
         <rdf:li>
          <rdf:Description
           crs:What="Correction"
           crs:CorrectionAmount="1"
           crs:LocalExposure2012="-0.25">
          <crs:CorrectionMasks>
           <rdf:Seq>
            <rdf:li
             crs:What="Mask/Gradient"
             crs:ZeroX="0.5"
             crs:FullY="0.\(number)"/>
           </rdf:Seq>
          </crs:CorrectionMasks>
          </rdf:Description>
         </rdf:li>
        </rdf:Seq>
       </crs:MaskGroupBasedCorrections>
      </rdf:Description>
     </rdf:RDF>
    </x:xmpmeta>
    """
  }
}
